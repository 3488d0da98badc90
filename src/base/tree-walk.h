/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks a container's tree, in which root in the container may have put anything. The tree must not change meanwhile,
 * so the container must not run. */
#pragma once

#include <sys/stat.h>

#include "base/util.h"

/* Something in the tree. 'dir' is the directory that holds it, open for reading, and 'fd' its own O_PATH descriptor.
 * The top of the tree has the name "" and no 'dir', which is -1. */
struct tree_item {
	int dir, fd;
	const char *name;
	struct stat st;
};

struct tree_visitor {
	/* Called once for everything in a directory, before any directory in it is entered. 0; more than 0 for a
	 * directory that is not to be entered; or -errno. */
	int (*visit)(void *data, const struct tree_item *item);
	/* Called when the walk enters a directory, and when it leaves it for the one above; 'dir' is open for reading.
	 * 0 or -errno. Either may be NULL. */
	int (*enter)(void *data, int dir, const char *name);
	int (*leave)(void *data, int dir);
	void *data;
	bool stops; /* at the first error; otherwise the rest is visited all the same */
};

/* Visits the directory 'top' and everything below it. Follows no links, enters no mounts, and needs few descriptors for
 * any depth. Something that disappears meanwhile is not visited. Returns 0; or the first error: that of the visitor,
 * -EXDEV for a mount, or another; or -ESTALE as soon as the tree turns out to have changed. */
int tree_walk(int top, const struct tree_visitor *visitor);
