/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What belongs to a container of which this host has no record: it was forgotten, its record was lost, or somebody
 * copied only a part. Changes nothing. */
#pragma once

#include "base/context.h"
#include "base/strv.h"

enum orphan_kind {
	ORPHAN_RESERVATION,
	ORPHAN_UNIT,
	ORPHAN_DROPINS,	  /* the administrator's, or links for a unit */
	ORPHAN_DIRECTORY, /* of a container, with its data; only in CONTAINERS_DIR */
	ORPHAN_IMAGE,	  /* the same, in an image */
	ORPHAN_SNAPSHOTS, /* of a container there */
	ORPHAN_STATE,	  /* what this program keeps of it elsewhere */
};

struct orphan {
	enum orphan_kind kind;
	char *name; /* of the container */
	char *path;
};

struct orphans {
	struct orphan *v;
	size_t n;
};
void orphans_done(struct orphans *orphans);

/* The word for a kind, in lists. */
const char *orphan_kind_word(enum orphan_kind kind);

/* Finds those of all containers or, unless it is NULL, of container 'name'. 0, with *ret for orphans_done(); or -errno
 * after a message. */
int orphans_find(const struct context *context, const char *name, struct orphans *ret);

/* Refuses a new container 'name' in directory 'path', before anything of it is made, if there is something of its name
 * that would become the new one's, and that 'delete' would remove even if creating it was cut short: the directory, the
 * record beside it, the host unit, snapshots, or what such a container was given. 0, or -EEXIST after a message. */
int orphans_check_name(const struct context *context, const char *name, const char *path);
