/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories that users of the host may own, or that lie in directories that they own, and that root nevertheless has
 * to rely on. openat2(2), and with it base/rootfd.h, cannot look at owners on its way. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Who may decide which directory a path leads to. */
enum guard {
	/* Root alone: every directory in which a name is looked up belongs to root, and nobody else can write to it. As
	 * only root can have made symbolic links there, they are followed, and so is '..'. */
	GUARD_ROOT,
	/* The same, but a symbolic link is -ELOOP, as is '..'. */
	GUARD_ROOT_NO_LINKS,
	/* Users may own directories on the way, and then decide what is in them. But they can neither plant a symbolic
	 * link (-ELOOP), nor exchange a directory of root's for another one of root's: one that they could rename is
	 * refused (-EPERM). */
	GUARD_USERS,
};

/* What was found on the way. */
struct way {
	char *culprit; /* the path of the directory or link that was refused, with -EPERM or -ELOOP; else NULL */
	bool closed;   /* a directory on it, or the last one, belongs to root, and nobody else can enter it */
};
void way_done(struct way *way);

/* Opens directory 'path' below 'root_fd', which counts as the first directory on the way. Nobody can exchange what was
 * looked at: each directory is opened below the descriptor of the one before. 'way' is filled in any case. An O_PATH
 * descriptor; or -errno, -EPERM and -ELOOP as above. */
int guarded_open(int root_fd, const char *path, enum guard guard, struct way *way);

/* The same for a directory in which names are going to be looked up: it is checked as those on the way to it are.
 * 'guard' is not GUARD_USERS. */
int guarded_open_dir(int root_fd, const char *path, enum guard guard, struct way *way);

/* Whether root alone decides which names are in 'dir', and no link leads to it (GUARD_ROOT_NO_LINKS). False, too, if it
 * cannot be opened. */
bool guarded_is_roots(int root_fd, const char *dir);

/* Whether somebody other than root can write to this file; or make, rename and remove names in this directory. */
bool users_can_write(const struct stat *st);

/* Whether somebody other than root can rename what belongs to root in this directory: inode(7), the sticky bit. */
bool users_can_rename(const struct stat *dir);

/* The path that 'path' leads to, with all links resolved, if root alone decides that (GUARD_ROOT). The file there may
 * be of any type, and may belong to a user. Caller frees. 0 or -errno, -EPERM and -ELOOP as above. */
int guarded_realpath(int root_fd, const char *path, char **ret);

/* Reads a regular file, like rootfd_read(), if root alone decides which one it is (GUARD_ROOT) and what it contains.
 * Otherwise -EPERM. Use it for text of which each word counts as the administrator's. */
int guarded_read(int root_fd, const char *path, size_t max, char **ret, size_t *ret_size);
