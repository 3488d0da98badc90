/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lies in the host's /etc but belongs to the shared /usr: a container sees the host's own, read-only, and not a
 * copy. One table; a row says why. Which of them a container has is in its record, because not every host has all of
 * them, and because a container that was created with copies keeps these. Pure. */
#pragma once

#include "base/strv.h"

enum live_kind {
	LIVE_DIRECTORY, /* the container sees every change of the host's at once */
	LIVE_MERGED,	/* the same, unless the container has files of its own for it, see live_own_dir() */
	LIVE_FILE,	/* the container sees the file that the host had when the container started */
};

struct live_place {
	const char *path;
	enum live_kind kind;
	const char *reason;
};

/* Ends with a row whose path is NULL. No row lies below another. */
extern const struct live_place live_places[];

/* The row of 'path', or NULL. */
const struct live_place *live_place(const char *path);

/* Whether there is a row of this path; for the record. */
bool live_is_place(const char *path);

/* Of the rows that 'live' names, the one that 'path' is or lies below; or NULL. */
const struct live_place *live_place_of(const struct strv *live, const char *path);

/* Where the container has the files that it finds in 'place', of kind LIVE_MERGED, beside the host's or in place of
 * them: 'PLACE.own'. Caller frees. */
char *live_own_dir(const struct live_place *place);

/* Where the container has a file of its own that it finds at 'path': the same path, unless that is in a place of kind
 * LIVE_MERGED that 'live' names. Caller frees. */
char *live_own_path(const struct strv *live, const char *path);
