/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks a container's tree, in which root in the container may have put anything. The tree must not change meanwhile,
 * so the container must not run. */
#pragma once

#include <sys/stat.h>

/* Visits the directory 'top' and everything below it, each by an O_PATH descriptor. Follows no links, enters no mounts,
 * and needs few descriptors for any depth. The visitor returns 0 or -errno. Returns 0; or the first error, after
 * visiting the rest: that of the visitor, -EXDEV for a mount, or another; or -ESTALE as soon as the tree turns out to
 * have changed. */
int tree_walk(int top, int (*visit)(void *data, int fd, const struct stat *st), void *data);
