/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What create writes into a container's /etc and /var itself, made from what was collected, allocated and recorded.
 * Pure. */
#pragma once

#include "contents/gathered.h"
#include "create/plan.h"

struct choice;
struct record;

/* Adds the operations to the plan, in the order in which they are applied. In 'g', only the marks of accounts
 * change. */
void etc_files_add(struct plan *plan, struct gathered *g, const struct choice *choice, const struct record *record);
