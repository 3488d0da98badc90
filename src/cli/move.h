/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set --path: moves a container to another directory. */
#pragma once

#include "base/context.h"
#include "container/record.h"

struct move {
	const struct context *context;
	const char *dir; /* in which the container's directory is to be */
	bool dry_run, json;
};

/* Moves the container of 'record', whose lock the caller holds, and completes a move that was cut short before. 0, or
 * -errno after a message: -EBUSY if it runs. */
int move_container(const struct move *move, struct record *record);
