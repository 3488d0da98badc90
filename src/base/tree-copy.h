/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies a container's tree, in which root in the container may have put anything, to a directory that nobody else can
 * reach. Owners are copied as they are: on disk, the ids of every container's files begin at 0 (base/idmap.h), so a
 * tree fits any container. */
#pragma once

#include <sys/stat.h>

#include "base/util.h"

enum tree_choice {
	TREE_WHOLE,
	TREE_EMPTY, /* without its content, if it is a file or a directory */
	TREE_NOT,
};

struct tree_copy {
	/* Chooses what to copy of 'path', which is absolute within the tree; or NULL, for all of it. What has a path
	 * that is longer than PATH_MAX is copied. */
	enum tree_choice (*choose)(void *data, const char *path, const struct stat *st);
	void *data;
	bool no_reflink;       /* in: do not try to share blocks; out: the file system cannot */
	unsigned long devices; /* out: device nodes, which were left out */
};

/* Copies what is in directory 'from' to the empty directory 'to', and gives that one the owner, attributes and times of
 * 'from', but not its mode. Shares blocks where the file system can. Keeps owners, modes, times, hard links, holes,
 * ACLs, file capabilities and attributes (base/copy.h); new files have the SELinux label that this process gives.
 * Leaves out sockets, which only their server could use, and device nodes, except the one with which an overlay marks a
 * file as removed. Follows no links, enters no mounts, and needs few descriptors. The umask must be 0.
 *
 * 0; or the first error, with an incomplete copy: -EINTR after a signal (base/signals.h), -EXDEV for a mount, -ESTALE
 * if the tree has changed meanwhile, or another -errno. */
int tree_copy(int from, int to, struct tree_copy *copy);
