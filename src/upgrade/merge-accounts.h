/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merges the files of accounts, line by line: a container gets the accounts that the host's packages have gained, with
 * the host's numbers. Its own stay: none is removed, none gets another number, and no password comes from the host. */
#pragma once

#include "base/strv.h"

struct accounts_file {
	const char *path;
	bool numbered;	  /* the third field is a number that identifies the account */
	int shared_field; /* that the host's packages may change: the members of a group; or -1 */
	const char *of;	  /* the file without which an account in this one means nothing; or NULL */
	const char *what; /* "user" or "group" */
};

/* The row of 'path', or NULL. */
const struct accounts_file *accounts_file(const char *path);

/* The container's file with what the host's has gained. 'given' may be NULL; 'of' is the text that file->of will have,
 * or NULL. Appends to 'added' a few words about each account that was added or has new members, and to 'refused' a
 * sentence about each that could not be. Caller frees. */
char *merge_accounts(const struct accounts_file *file, const char *given, const char *host, const char *container,
		     const char *of, struct strv *added, struct strv *refused);
