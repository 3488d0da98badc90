/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to a container on the host, each kind with the paths where it is and with how it is removed. The caller
 * has stopped the container: what runs needs its files. */
#pragma once

#include "container/record.h"

struct op_kind;

struct belongings {
	int root_fd; /* of the host; borrowed */
	const char *name;
	struct record record;	/* of a container without one, only the name and the path */
	struct strv port_units; /* paths of the units of the proxies of its ports */
};
void belongings_done(struct belongings *b);

struct belonging {
	const char *what;	    /* it is, for a dry run */
	const struct op_kind *kind; /* of the operation that removes it */

	/* Appends the paths, of which some may not exist. 0, or -errno after a message. NULL if it has no path. */
	int (*find)(const struct belongings *b, struct strv *ret);
	/* 0, even if it is not there; or the first -errno after messages. */
	int (*remove)(const struct belongings *b);
};
extern const struct belonging own_units;     /* of the host, with our drop-in */
extern const struct belonging own_unit_dirs; /* the administrator's */
extern const struct belonging own_limit;     /* on the disk */
extern const struct belonging own_tree;
extern const struct belonging own_beside; /* the record beside the tree */
extern const struct belonging own_snapshots;
extern const struct belonging own_allowed; /* the list of allowed units */
extern const struct belonging own_given;
extern const struct belonging own_reserved;
extern const struct belonging own_record;
