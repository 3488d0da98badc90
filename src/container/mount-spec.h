/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted in a container besides its root, as the option --mount and the record's Mount= have it:
 * 'host-bind:TARGET=SOURCE' for a directory of the host, 'host-image:TARGET=FILE' for a file system in a file of the
 * host, 'guest-bind:TARGET=SOURCE' for another directory of the container, each also with ':ro' at the end, and
 * 'ram:TARGET=SIZE' for a file system in memory. Pure. */
#pragma once

#include "base/util.h"

#define MOUNTS_MAX 32

/* Directories that a source may neither contain nor lie in: they would give a container power over another or over the
 * host, or hold no ordinary files. NULL at the end. */
extern const char *const mount_foreign[];

enum mount_kind { MOUNT_HOST, MOUNT_IMAGE, MOUNT_GUEST, MOUNT_RAM };

struct mount {
	enum mount_kind kind;
	char *target; /* in the container */
	char *source; /* on the host; of MOUNT_GUEST, in the container; of MOUNT_RAM, NULL */
	bool readonly;
	uint64_t size; /* bytes, of MOUNT_RAM */
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

/* The one that is mounted on 'path' of the container or above it, or NULL. */
const struct mount *mounts_find(const struct mounts *mounts, const char *path);

/* Whether it shows something of the host. */
bool mount_is_of_host(const struct mount *mount);

/* Whether 'mount' is on or below one of the first 'n' of 'mounts', or one of these is below it; or the directory of the
 * container that one of them shows lies below the other, so that it would not be the one that is seen there. */
bool mount_overlaps(const struct mount *mount, const struct mounts *mounts, size_t n);
