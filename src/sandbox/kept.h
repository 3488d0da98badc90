/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory in which a sandboxed command's changes are kept, with TREE_THROW only until they have been shown:
 * 'upper', with an overlay's upper directory for each place of the host that the command could write to (the one for
 * /etc is upper/etc), 'work', and 'sandbox.json', which says what was run. It is its owner's alone. Root in the sandbox
 * made all that is in 'upper', so that is hostile; sandbox.json is our own. */
#pragma once

#include "base/strv.h"

#define KEPT_UPPER "upper"
#define KEPT_WORK "work"

struct kept {
	struct strv places;  /* of the host, by absolute path; none lies in another */
	struct strv command; /* with its arguments */
	int64_t time;	     /* of kept_clock(), before the places were opened for it */
	int64_t caller;	     /* user id */
	int64_t shift;	     /* the files in 'upper' have ids that are larger by this */
};
void kept_done(struct kept *kept);

/* The time that files which change now get: microseconds since 1970 (CLOCK_REALTIME_COARSE). */
int64_t kept_clock(void);

enum kept_use {
	KEPT_READ,  /* others may read at the same time */
	KEPT_ALONE, /* to run a command over it, or to apply it */
};

/* Opens the directory, which may be a relative path, and locks it as long as the descriptor is open (flock(2)). A
 * descriptor that can be read from; or -errno after a message: -EPERM if others than its owner, who has to be this
 * user, could reach what is in it, and -EBUSY if it is in use. */
int kept_open(const char *path, enum kept_use use);

/* Writes sandbox.json. 0 or -errno. */
int kept_write(int dir, const struct kept *kept);

/* Reads it. 0, with *ret for kept_done(), or -errno after a message. */
int kept_read(int dir, struct kept *ret);
