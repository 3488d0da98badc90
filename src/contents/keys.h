/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private keys among the files that could go into a container. Finds which files hold one, whatever its form, and which
 * of those that stay on the host the container can make anew: SSH host keys, and TLS keys whose certificate nobody
 * signed but the key itself. As the files are read for that, it also notes which paths and users they name. Reads only.
 * */
#pragma once

#include "base/strv.h"
#include "contents/entry.h"
#include "contents/rules.h"

struct users;

/* All is borrowed. */
struct key_search {
	int root_fd; /* O_PATH of the host's root */
	const struct rule_context *rules;
	struct users *users;	/* marked: those that files of the roots name */
	struct strv *mentioned; /* added to: paths that the files name */
};

/* Looks into 'entries', sorted before and after: sets what struct entry has about keys, and adds an entry for a key
 * that has to be made anew and had none. A key that the service's files name, and that stays on the host without
 * another in its place, is added to 'lost'; if it was no entry, it becomes one of 'left'. 0, or -EINTR. */
int keys_find(const struct key_search *search, struct entries *entries, struct entries *left, struct strv *lost);

/* One entry's part of it. Only a file below '/etc' is looked into, and only if it is not an unchanged file of a package
 * that merely supports the service: what comes from below '/var' is the service's own, and its keys with it. What
 * cannot be read is taken for a key. */
void keys_scan(const struct key_search *search, struct entry *e);

/* Sets ssh_key for the public halves and certificates of SSH host keys. */
void keys_mark_companions(struct entries *entries);
