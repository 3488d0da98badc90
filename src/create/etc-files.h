/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the program writes into a container's /etc and /var itself, from what was collected and allocated. Pure. */
#pragma once

#include "contents/gathered.h"
#include "create/plan.h"

struct choice;

/* Adds the operations to the plan, in the order of doing. 'g' is changed only in which accounts are marked. */
void etc_files_add(struct plan *plan, struct gathered *g, const struct choice *choice, const char *hostname);
