/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes what was collected and allocated into the plan of one container. Pure: --dry-run and create make the same
 * plan. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"
#include "create/choice.h"
#include "create/plan.h"

/* Fills *ret_plan, and *ret_record with the record that the plan ends with; the caller releases both. In 'g', only the
 * marks of accounts and of dangling links change. */
void compose(const struct create_spec *spec, struct gathered *g, const struct choice *choice, struct plan *ret_plan,
	     struct record *ret_record);
