/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are replaced as a whole: at any time, even after a crash, a reader finds either the old text or the
 * new. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

struct file_access {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* Makes 'path' below directory 'fd' a file with 'text' and exactly 'mode'. Links are followed as in a chroot. An
 * unnamed file is written, then linked into place; with 'replace', an existing file is renamed over, otherwise it
 * causes -EEXIST. 0 or -errno. */
int atomic_file_write(int fd, const char *path, mode_t mode, const char *text, bool replace);

/* The same for 'len' bytes, whatever they are. */
int atomic_file_write_data(int fd, const char *path, mode_t mode, const void *data, size_t len, bool replace);

/* The same in directory 'dir', with an owner; 'name' is no path. */
int atomic_file_write_at(int dir, const char *name, const struct file_access *access, const void *data, size_t len,
			 bool replace);

/* Removes file 'path', and anything that an interrupted atomic_file_write() left beside it. 0 or -errno: -ENOENT if
 * 'path' or its directory does not exist. */
int atomic_file_remove(int fd, const char *path);
