/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes what was collected and allocated into the plan of one container. Pure: --dry-run and create make the same
 * plan. */
#pragma once

#include "container/record.h"
#include "contents/gathered.h"
#include "create/choice.h"
#include "create/plan.h"

/* All is borrowed. */
struct compose_request {
	const char *name;
	const char *path;	/* of the tree, on the host */
	const char *hostname;	/* or NULL: its name */
	const uint64_t *limits; /* LIMITS of them */
	const struct mounts *mounts;
	const struct ports *ports;
	bool copy_var; /* --copy */
};

/* Fills *ret_plan, and *ret_record with the record that the plan ends with; the caller releases both. 'g' is changed
 * only in which accounts are marked and which links are known to lead nowhere. */
void compose(const struct compose_request *request, struct gathered *g, const struct choice *choice,
	     struct plan *ret_plan, struct record *ret_record);
