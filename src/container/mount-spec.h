/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted in a container besides its root: 'host-bind:TARGET=SOURCE' or '...:ro' for a directory of the host,
 * and 'ram:TARGET=SIZE' for one in memory. The option --mount and the record's Mount= have the same syntax. Pure. */
#pragma once

#include "base/util.h"

#define MOUNTS_MAX 32

/* Directories that a source may neither contain nor lie in: they would give a container power over another or over the
 * host, or hold no ordinary files. NULL at the end. */
extern const char *const mount_foreign[];

struct mount_kind;

struct mount {
	const struct mount_kind *kind; /* a row of the table in mount-spec.c */
	char *target;		       /* in the container */
	char *source;		       /* on the host, or NULL if it is in memory */
	bool readonly;
	uint64_t size; /* bytes, if it is in memory */
};

struct mounts {
	struct mount *v;
	size_t n;
};

void mount_done(struct mount *mount);
void mounts_done(struct mounts *mounts);

/* Appends 'mount', which is empty afterwards. */
void mounts_take(struct mounts *mounts, struct mount *mount);

/* Appends copies. */
void mounts_copy(const struct mounts *from, struct mounts *to);

/* Returns NULL, with *ret to be given to mount_done(); or the end of the sentence "--mount must be ...", which the
 * caller frees. Slashes at the end of a path are dropped. */
char *mount_parse(const char *text, struct mount *ret);

/* Writes a mount for mount_parse(). Caller frees. */
char *mount_format(const struct mount *mount);

/* Whether 'mount' is on or below one of the first 'n' of 'mounts', or one of these is below it. */
bool mount_overlaps(const struct mount *mount, const struct mounts *mounts, size_t n);
