/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes paths of a stopped container's tree from one version to another. Each path has the old version or the new one
 * at any time, except that a directory and a file cannot take each other's place at once. The tree is hostile: nothing
 * follows links, and a file with several names is replaced, never written to. */
#pragma once

#include "upgrade/version.h"

/* Makes what is at 'path' the version 'to', whatever is there; a directory in the way must be empty. 'like', which may
 * be -1, is a file whose extended attributes the new one gets and, if the content of 'to' is not known, whose content;
 * with 'times', it gets the times, too. 0 or -errno: -ENOTEMPTY for a directory in the way that is not empty. */
int put_version(int tree, const char *path, const struct version *to, int like, bool times);

/* Gives what is at 'path', which is of the same type, the mode and owner of 'to'. 0 or -errno. */
int put_attributes(int tree, const char *path, const struct version *to);

/* Removes what an interrupted put_version() left beside 'path'. */
void put_clean(int tree, const char *path);

/* Writes everything to disk. 0 or -errno. */
int put_sync(int tree);

/* Opens a regular file, which the container may have made, for reading. A descriptor, or -errno: -EINVAL if it is no
 * regular file. */
int put_open(int tree, const char *path);
