/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the root directory of a sandbox consists of: the host's own places, which it shares, and places that are its
 * own. Decides and changes nothing. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

enum place_kind {
	PLACE_SHARED, /* the host's directory, without the mounts below it */
	PLACE_LINK,   /* a symbolic link as the host has it */
	PLACE_OWN,    /* an empty directory, writable */
	PLACE_KERNEL, /* a directory in which libvirt has mounted what the kernel shows */
};

struct place {
	char *path;
	enum place_kind kind;
	mode_t mode;  /* of PLACE_OWN and PLACE_KERNEL */
	char *target; /* of PLACE_LINK; else NULL */
};

/* Sorted by path, so that a directory comes before those below it. */
struct layout {
	struct place *v;
	size_t n;
};
void layout_done(struct layout *layout);

/* Decides from what is in root directory 'root_fd': the host's, and then also from its mounts, or with 'other', that of
 * another tree. 0, or -errno after a message. */
int layout_read(int root_fd, bool other, struct layout *ret);

/* The decision alone: 'path' lies directly in the root. 'type' is the part S_IFMT of its mode, 'target' that of a link,
 * or NULL. False if the sandbox does not have it. */
bool layout_add_top(struct layout *layout, const char *path, mode_t type, const char *target);

/* Adds the places that each sandbox has for itself. */
void layout_add_own(struct layout *layout);

#define MOUNTINFO_MAX (16 * 1024 * 1024) /* bytes of /proc/PID/mountinfo */

/* The first place strictly below directory 'path' at which something is mounted, from the same text; or NULL. Caller
 * frees. */
char *layout_mount_below(const char *path, const char *mountinfo);

/* Adds what is mounted below shared places, from the text of /proc/PID/mountinfo. */
void layout_add_mounts(struct layout *layout, const char *mountinfo);

/* The place that 'path' lies in, or is: the longest that fits. NULL if there is none. */
const struct place *layout_find(const struct layout *layout, const char *path);
