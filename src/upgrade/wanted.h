/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create would put into an existing container's /etc and /var today. Changes nothing on the host. */
#pragma once

#include "base/context.h"
#include "container/record.h"
#include "contents/gathered.h"
#include "create/plan.h"
#include "upgrade/decide.h"
#include "upgrade/given.h"

/* What was read from the host. Containers of the same services need to read it only once. {0} at first. */
struct wanted_cache {
	struct gathered gathered;
	char *key; /* what it was read for; NULL if it is empty */
};
void wanted_cache_done(struct wanted_cache *cache);

struct wanted_path {
	const char *path;    /* borrowed from 'plan' */
	const struct op *op; /* likewise */
	const char *source;  /* the host's file with the content, or NULL; borrowed */
	struct version host;
	bool stamped; /* 'op' copies a file or directory of the host, and 'stamp' is that of it, or 0 */
	struct stamp stamp;
	enum upgrade_kind kind;
};

struct wanted {
	struct plan plan;
	struct record record; /* as create would write it, with what an upgrade does not change */
	struct wanted_path *v;
	size_t n; /* sorted by path */
};
void wanted_done(struct wanted *wanted);

/* What a container is to be for, instead of what create was asked for. */
struct wanted_asked {
	struct strv units, packages;
	bool check; /* as create does: the units, and what they may miss; warnings are in the plan */
	bool force; /* go on if a unit cannot work in a container */
};
void wanted_asked_done(struct wanted_asked *asked);

/* Fills *ret, which the caller releases. 'asked' may be NULL. 0, or -errno after a message. */
int wanted_find(const struct context *context, const struct record *record, const struct given *given,
		const struct wanted_asked *asked, struct wanted_cache *cache, struct wanted *ret);

/* Whether an upgrade leaves 'path' alone, because it follows from the container's own identity. */
bool wanted_is_own(const char *path);

/* Whether 'now' is what the record as it is now makes of such a path, which may be nothing. A container that was copied
 * has another machine id than it was given, so any counts. */
bool wanted_makes_own(const struct wanted *wanted, const char *path, const struct version *now);
