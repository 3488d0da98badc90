/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the members of an archive into the new tree of a container. Archives come from anybody: everything is made below
 * a descriptor, nothing that is there is followed or replaced, and what a container could not have in its tree is
 * refused. */
#pragma once

#include <stdio.h>

#include "archive/frames.h"

struct extract_limits {
	uint64_t bytes;	 /* that files may take on the disk */
	uint64_t files;	 /* how many */
	uint64_t id_max; /* the highest user and group id */
};

/* Reads members from 'frames' to the end of the archive, and puts them into the directory 'tree', which must have the
 * directories of root-layout.h and nothing else. 'before' is how many members were read already; if 'has_frame', the
 * first frame of the next one was, too, and is in 'frame', which is used for the others. 'finish' may change the tree;
 * directories get their times after it. 0; -EINTR, without a message, after a signal; or another -errno after a
 * message. */
int extract(FILE *frames, struct frame *frame, bool has_frame, int tree, const struct extract_limits *limits,
	    uint64_t before, int (*finish)(void *data, int tree), void *data);

/* Reads a member that is a text of at most 'max' bytes. Caller frees *ret. 0; -ENOENT, without a message, if the next
 * member has another name, which is then in 'frame'; or another -errno after a message. */
int extract_text(FILE *frames, struct frame *frame, const char *path, size_t max, char **ret, size_t *ret_len);
