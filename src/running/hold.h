/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps a container from changing its tree while a command reads it: the container is stopped, or it is frozen
 * meanwhile. The caller holds the container's lock, but systemctl takes none, so the end tells whether it worked. */
#pragma once

#include <sys/types.h>

#include "base/context.h"
#include "base/util.h"

struct hold {
	const struct context *context;
	const char *name; /* borrowed */
	pid_t leader;	  /* of a running container, else 0 */
	bool frozen;	  /* by us; then: */
	pid_t child;	  /* thaws it if we are killed */
	int pipe;	  /* to the child */
	uint64_t started; /* when a stopped container was last started */
};

/* With 'live', a container that runs is frozen; otherwise it is refused. On a system that does not run, all containers
 * are stopped. 0, with *ret for hold_done(), or -errno after a message: -EBUSY if it runs. */
int hold_begin(const struct context *context, const char *name, bool live, struct hold *ret);

/* 0 if it has not run since the beginning; or -errno after a message: -ESTALE if it has. 'hold' is a struct hold; the
 * type is that of the function that is called once a tree is copied (create/plan.h). */
int hold_check(const void *hold);

/* For _cleanup_. Lets it go on. */
void hold_done(struct hold *hold);
