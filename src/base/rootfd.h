/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below a directory descriptor: the host's root (--root) or a container's own tree. Absolute paths are looked up
 * below the descriptor; the process's own root and working directory are never used. openat2(2) does the walking. */
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include "base/strv.h"

enum walk {
	WALK_ROOT,  /* as in a chroot: symbolic links and '..' stay below the descriptor (RESOLVE_IN_ROOT) */
	WALK_TREE,  /* for hostile trees: no symbolic link anywhere (-ELOOP), no '..' that leads out (-EXDEV) */
	WALK_MOUNT, /* like WALK_TREE, and crosses no mount, not even a bind mount (-EXDEV) */
};

/* O_PATH descriptor of directory 'path', or -errno. */
int rootfd_open(const char *path);

/* openat(2) of 'path' below 'fd'; O_CLOEXEC is added. A descriptor, or -errno. */
int rootfd_openat(int fd, const char *path, int flags, mode_t mode, enum walk walk);

/* Opens the directory that holds the last component of 'path' (O_PATH), following the rules of 'walk'.
 * *ret_name points into 'path'. A descriptor, or -errno; -EINVAL if there is no last component. */
int rootfd_parent(int fd, const char *path, enum walk walk, const char **ret_name);

/* Whether the result 'r' of one of these functions means that there is nothing by that name: -ENOENT, -ENOTDIR,
 * -ENAMETOOLONG, or -ELOOP for a symbolic link that is not followed. After other errors, nobody knows what there is. */
bool rootfd_is_missing(int r);

/* The directory in which something was looked for last; ROOTFD_NEAR_INIT is none. */
struct rootfd_near {
	char *dir;
	int fd;
};
#define ROOTFD_NEAR_INIT                                                                                               \
	{                                                                                                              \
		NULL, -1                                                                                               \
	}
void rootfd_near_done(struct rootfd_near *near);

/* Like rootfd_parent(), but the descriptor belongs to 'near', and for a path in the same directory as the one before,
 * it is the same. */
int rootfd_near_parent(int fd, const char *path, enum walk walk, struct rootfd_near *near, const char **ret_name);

/* lstat(2) of 'path' below 'fd' (the last component is never followed). 0 or -errno. */
int rootfd_lstat(int fd, const char *path, enum walk walk, struct stat *ret);

/* The target of symbolic link 'path'; caller frees. 0 or -errno. */
int rootfd_readlink(int fd, const char *path, enum walk walk, char **ret);

/* The same for the link 'name' in directory 'dir'; or for the link that O_PATH descriptor 'dir' is, if 'name' is "". */
int rootfd_readlinkat(int dir, const char *name, char **ret);

/* The length of the first part of absolute 'path' that is a symbolic link, whose target is stored (caller frees);
 * or 0 if there is none. */
size_t rootfd_first_link(int fd, const char *path, char **ret_target);

/* The path of 'fd' below 'root_fd', with all links resolved; caller frees. NULL if it cannot be found out. */
char *rootfd_path_of(int root_fd, int fd);

/* Reads the whole regular file 'path', and terminates it with a NUL, which *ret_size does not count; ret_size may be
 * NULL. Never blocks on a fifo or device. -EINVAL if it is not a regular file, -EFBIG if it has more than 'max' bytes.
 * Caller frees. 0 or -errno. */
int rootfd_read(int fd, const char *path, enum walk walk, size_t max, char **ret, size_t *ret_size);

/* Makes directory 'path' and its missing parents with mode 0755, whatever the umask. 0 or -errno. */
int rootfd_mkdir_p(int fd, const char *path);

/* Opens directory 'path' for readdir(3). The caller closes *ret, which owns the descriptor. 0 or -errno. */
int rootfd_opendir(int fd, const char *path, enum walk walk, DIR **ret);

/* Appends the names in directory 'path', without '.' and '..', and sorts the vector. 0 or -errno. */
int rootfd_list(int fd, const char *path, enum walk walk, struct strv *ret);
