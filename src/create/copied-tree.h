/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of the tree of a container when it is copied for another one: what identifies the container, and the
 * keys that create had made anew, are not copied. Reads the tree, and changes nothing; plan_apply() does. */
#pragma once

#include "container/record.h"
#include "create/plan.h"

#define COPIED_TREE_SEED "/var/lib/systemd/random-seed" /* the same random numbers would come of a copy of it */

/* Adds what has to be done to a copy of the tree of container 'from' for container 'to': operations that change it
 * (create/change.h), and, as left out, what op_copy does not copy; plan_sort_left() has to be called after that. 'tree'
 * is the tree of 'from', or any copy of it, in which root in the container may have put anything. */
void copied_tree_add(struct plan *plan, int tree, const struct record *from, const struct record *to,
		     const char *machine_id);
