/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Indexes that were made from a package database, kept in a file for the next command. A stamp says what they were made
 * from: if it differs in one byte, the file is not used. */
#pragma once

#include <time.h>

#include "package/pkg-index.h"

#define PKG_CACHE_DIR "/var/cache/virt-sandbox-service"

/* What tells one version of a file or directory from another; all 0 if there is none. */
struct pkg_facts {
	uint64_t dev, ino, mode, size;
	int64_t mtime, mtime_ns, ctime, ctime_ns;
};

/* By fstatat(2) with these flags. False if it does not exist. */
bool pkg_facts_find(int dir, const char *name, int flags, struct pkg_facts *ret);

struct pkg_stamp {
	struct buf text;
	time_t begun;  /* set by the user: a time before the first of the files was read */
	time_t newest; /* when one of the files last changed */
};
void pkg_stamp_done(struct pkg_stamp *stamp);

/* Adds the name and the facts of a file or directory, by fstatat(2) with these flags. A file that does not exist is a
 * fact, too. */
void pkg_stamp_add(struct pkg_stamp *stamp, int dir, const char *name, int flags);

/* Notes that a file with these facts was read, without adding them to what is compared. */
void pkg_stamp_note(struct pkg_stamp *stamp, const struct pkg_facts *facts);

/* Reads the indexes that were kept as 'name' with this stamp. Each of their values is less than 'limit'. 0; -ESTALE if
 * they were made from something else; or another -errno. */
int pkg_cache_load(int root_fd, const char *name, const struct pkg_stamp *stamp, uint32_t limit,
		   struct pkg_index *const *indexes, size_t n);

/* Keeps the indexes, whose rows stay in their order. 0, also if a file changed so recently that another change of it
 * might go unnoticed, so that nothing is kept; or -errno. */
int pkg_cache_save(int root_fd, const char *name, const struct pkg_stamp *stamp, struct pkg_index *const *indexes,
		   size_t n);
