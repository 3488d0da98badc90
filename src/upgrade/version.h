/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is, or was, at one path: in a container, on the host, or as the container was given it. Three of these decide
 * what an upgrade does. A path in a container's tree is hostile: reading one follows no links, opens nothing but
 * regular files, and takes no more memory than the caller allows. */
#pragma once

#include <sys/stat.h>

#include "base/rootfd.h"

#define VERSION_CONTENT_MAX ((size_t)16 * 1024 * 1024) /* bytes; the content of a larger file is not kept */

enum version_type { VERSION_ABSENT, VERSION_FILE, VERSION_DIRECTORY, VERSION_LINK, VERSION_FIFO, VERSION_OTHER };

/* All zero is a path at which nothing is. */
struct version {
	enum version_type type;
	mode_t mode; /* permissions; 0 of a link */
	uid_t uid;   /* as on the disk, which is as the container sees it */
	gid_t gid;
	char *target; /* of a link; owned */
	char *data;   /* the content of a file, with a NUL behind it; owned; NULL if it is not known */
	size_t size;  /* of the file, even if the content is not known */
};
void version_done(struct version *v);
void version_copy(const struct version *from, struct version *to);

/* Reads 'path' below 'fd'. A path behind a link, or behind what is not a directory, counts as absent. The content is
 * read only of a file with at most 'max' bytes. *ret_st, which may be NULL, is its status. 0, with *ret for
 * version_done(); or -errno. */
int version_read(int fd, const char *path, enum walk walk, size_t max, struct version *ret, struct stat *ret_st);

/* The same for a name in a directory that nobody else can change at present. */
int version_read_closed(int dir, const char *name, size_t max, struct version *ret, struct stat *ret_st);

/* Whether two paths hold the same, apart from modes and owners. Two contents of the same size, of which neither is
 * known, count as the same. */
bool version_same(const struct version *a, const struct version *b);

/* Whether modes, or owners, are the same. Those of a link do not count. */
bool version_same_mode(const struct version *a, const struct version *b);
bool version_same_owner(const struct version *a, const struct version *b);
