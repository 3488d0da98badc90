/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are replaced as a whole: at any time a reader, or whoever comes after a crash, finds the old text or the
 * new. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

/* Makes 'path' below directory 'fd', links followed as in a chroot, a file with 'text' and exactly 'mode': an unnamed
 * file is written, then linked in place, and with 'replace' renamed over what is there (-EEXIST without). 0 or
 * -errno. */
int atomic_file_write(int fd, const char *path, mode_t mode, const char *text, bool replace);

/* Removes file 'path', and what an atomic_file_write() of it that was killed left beside it. 0 or -errno: -ENOENT if
 * 'path' or its directory does not exist. */
int atomic_file_remove(int fd, const char *path);
