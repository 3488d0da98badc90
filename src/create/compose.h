/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes what was collected and allocated into the plan of one container. Pure: --dry-run and create make the same
 * plan. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"
#include "create/choice.h"
#include "create/plan.h"

/* Fills *ret_plan, and *ret_record with the record that the plan ends with; the caller releases both. 'g' is changed
 * only in which accounts are marked and which links are known to lead nowhere. */
void compose(const struct create_spec *spec, struct gathered *g, const struct choice *choice, struct plan *ret_plan,
	     struct record *ret_record);
