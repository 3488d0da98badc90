/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tool writes into a container's /etc and /var itself, from what was gathered and chosen. PURE. */
#pragma once

#include "contents/collect.h"
#include "create/plan.h"

struct choice;

/* Adds the operations; in the order of doing.
 * 'need_directory' is called before each with the path of its directory. */
void generate(struct plan *plan, struct gathered *g, const struct choice *choice, const char *hostname,
	      void (*need_directory)(struct plan *plan, const char *path));
