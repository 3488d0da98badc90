/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets among the files that could go into a container. Finds the files that hold one, in any of the known forms, and
 * those private keys that stay on the host but that the container can make anew: SSH host keys, and TLS keys whose
 * certificate is signed only by the key itself. As this reads the files, it also collects the paths and users that they
 * name. Changes nothing, and keeps nothing of a secret. */
#pragma once

#include "base/strv.h"
#include "contents/entry.h"
#include "contents/rules.h"

struct users;

/* All members are borrowed. */
struct key_search {
	int root_fd; /* O_PATH of the host's root */
	const struct rule_context *rules;
	const struct strv *hashes; /* of the host's passwords, from keys_read_hashes() */
	bool secrets_alone;	   /* only secrets are looked for, and the others are NULL */
	size_t *room;		   /* bytes of content that may still be kept; or NULL to keep none */
	char **open_dir;     /* remembers a directory that all users can enter; NULL, or caller frees what is in it */
	struct users *users; /* those that the service's configuration names get marked */
	struct strv *mentioned;	 /* gets the paths that the files name */
	struct strv *configured; /* gets those in the service's configuration that only root can write */
	struct strv *local;	 /* gets those below '/usr/local', in files that only root can write */
};

/* Adds the hashes in the host's secret files, see PLACE_SECRET, and sorts them. 0, or -errno after a message if one of
 * the files exists but cannot be read: copies of it could not be recognized. */
int keys_read_hashes(int root_fd, struct strv *ret);

/* Completes what keys_scan() found in all of 'entries', which are sorted before and after: adds an
 * entry for a key that must be made anew but had none. A key or keytab that the service's files name, and that stays on
 * the host without a replacement, is added to 'lost'; if it was not an entry, it is added to 'left'. Entries of 'left'
 * that the rules take after all, because the service's files name them, are moved to 'entries'. 0, -EINTR, or -errno
 * after a message. */
int keys_find(const struct key_search *search, struct entries *entries, struct entries *left, struct strv *lost);

/* The same for one entry. Of a file below '/etc', the first 64 MiB are read. A file below '/var' is read only if the
 * rules take it, and only its first MiB; it is the service's own then, so only 'holds' and 'secret' are set. 0, or
 * -errno after a message if the file cannot be read: nobody knows then whether it holds a secret. A file that is gone
 * meanwhile is not an error. */
int keys_scan(const struct key_search *search, struct entry *e);

/* Sets ssh_key for the public halves and certificates of SSH host keys. */
void keys_mark_companions(struct entries *entries);
