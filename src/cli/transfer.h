/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying files and directories between the host and containers, which may run meanwhile. Root in a container may have
 * put anything into its directory, and may exchange it at any time: nothing is followed there, no mount is entered, and
 * everything happens below descriptors. */
#pragma once

#include "base/context.h"
#include "container/record.h"

/* One end of a copy: a file or directory that exists, or may come to exist, 'base' in the directory 'dir'. */
struct place_end {
	char *container; /* or NULL for the host */
	char *path;	 /* as it is there, for messages */
	struct record record;
	int dir; /* O_PATH */
	char *base;
};
#define PLACE_END_INIT                                                                                                 \
	{                                                                                                              \
		.dir = -1                                                                                              \
	}
void place_end_done(struct place_end *end);

/* Whether the operand is 'NAME:PATH'; then PATH is absolute. */
bool place_end_is_inside(const char *operand);

/* Opens the directory that holds what the operand names: 'NAME:PATH', or a path on the host. In a container, that is
 * its directory on the host, which has what is its own and lasting; other paths are refused. 0, with *ret for
 * place_end_done(); or -errno after a message. */
int place_end_open(const struct context *context, const char *operand, struct place_end *ret);

/* If 'end' is a directory, makes it the place 'base' in there. 0 or -errno after a message. */
int place_end_enter(struct place_end *end, const char *base);

/* Copies 'from' to 'to', with everything below it. What is new belongs to root of that side, and has no set-user-ID
 * bits; on the host, only root may write to it, and the umask counts. A file that is replaced keeps its owner and mode,
 * on the host without set-user-ID bits, and directories are merged. Symbolic links below 'from' are copied as they are;
 * in a container, 'from' itself must not be one. Other kinds of files are left out, after a message each. 0; -EINTR
 * after a signal (base/signals.h); or the first error after messages. */
int transfer(const struct place_end *from, const struct place_end *to);
