/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private keys among the files that could go into a container. Finds the files that hold one, in any of the known
 * forms, and those that stay on the host but that the container can make anew: SSH host keys, and TLS keys whose
 * certificate is signed only by the key itself. As this reads the files, it also collects the paths and users that they
 * name. Changes nothing. */
#pragma once

#include "base/strv.h"
#include "contents/entry.h"
#include "contents/rules.h"

struct users;

/* All members are borrowed. */
struct key_search {
	int root_fd; /* O_PATH of the host's root */
	const struct rule_context *rules;
	struct users *users;	/* those that files of the roots name get marked */
	struct strv *mentioned; /* gets the paths that the files name */
};

/* Examines 'entries', which are sorted before and after: sets the fields of struct entry about keys, and adds an entry
 * for a key that must be made anew but had none. A key that the service's files name, and that stays on the host
 * without a replacement, is added to 'lost'; if it was not an entry, it is added to 'left'. 0, or -EINTR. */
int keys_find(const struct key_search *search, struct entries *entries, struct entries *left, struct strv *lost);

/* The same for one entry. Only files below '/etc' are read, except unchanged files of packages that merely support the
 * service. What is copied from '/var' is the service's own, and so are keys in it. A file that cannot be read counts as
 * a key. */
void keys_scan(const struct key_search *search, struct entry *e);

/* Sets ssh_key for the public halves and certificates of SSH host keys. */
void keys_mark_companions(struct entries *entries);
