/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks a container's tree, into which root of the container may have put anything. Nobody may change it meanwhile: the
 * container must not run. */
#pragma once

#include <sys/stat.h>

/* Visits the directory 'top' and everything below it, each by an O_PATH descriptor, links not followed, with no limit
 * to the depth and few descriptors at a time. What is mounted in the tree is not visited. The visitor returns 0 or
 * -errno. 0; or the first error, after all the rest has been visited: the visitor's, -EXDEV for a mount, -ESTALE when
 * the tree changed, which ends the walk, or another. */
int tree_walk(int top, int (*visit)(void *data, int fd, const struct stat *st), void *data);
