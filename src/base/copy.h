/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies the content of one file and its extended attributes, from descriptor to descriptor. */
#pragma once

#include <sys/stat.h>

#include "base/util.h"

/* Copies the content of regular file 'from' to the empty file 'to'. Shares blocks if the file system can (otherwise
 * sets *no_reflink); if not, copies data by copy_file_range(2) and keeps holes. 0 or -errno. */
int copy_content(int from, int to, const struct stat *st, bool *no_reflink);

/* Calls 'each' for each part of the file that has data, up to 'size', in order. 0, -errno, or what 'each' returned if
 * that was not 0. */
int copy_each_extent(int fd, off_t size, int (*each)(void *data, int fd, off_t start, off_t end), void *data);

/* Copies the extended attributes user.*, security.capability and POSIX ACLs, and no others. The descriptors may be
 * O_PATH, but not of symbolic links. 0 or -errno. */
int copy_xattrs(int from, int to);

/* Whether the open file has any that copy_xattrs() would copy: 1, 0, or -errno. */
int copy_has_xattrs(int fd);

/* Whether it copies the attribute of this name. */
bool copy_takes_xattr(const char *name);

/* Gives the open file or directory 'to' the owner, mode and times that 'st' has, and these attributes of 'from'. 0 or
 * -errno. */
int copy_attributes(int from, int to, const struct stat *st);
