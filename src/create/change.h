/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes the plan that changes a container from one record to another: what generated.h makes of the second takes the
 * place of what it made of the first. What root of the container changed itself is kept, with a warning in the plan.
 * Reads the host and the tree, and changes nothing; plan_apply() does. A plan that was applied in part, because the
 * program was killed, is completed by the plan for the same change. */
#pragma once

#include "container/record.h"
#include "create/plan.h"

/* Appends the operations in the tree, whose descriptor is 'tree_fd'. The two may be of different containers. */
void change_tree(int tree_fd, const struct record *old, const struct record *record, struct plan *plan);

/* Appends the host's units of the container, as far as they are not as they should be. 0, or -errno after a message. */
int change_units(int root_fd, const struct record *record, struct plan *plan);

/* Appends the reservations; the tree; the host's units; and the record, which is from then on the new one. Both are of
 * the same container. 'macs' are the new hardware addresses that the administrator chose. 0, or -errno after a message:
 * -EEXIST if another container has what is to be reserved. */
int change_compose(int root_fd, int tree_fd, const struct record *old, const struct record *record,
		   const struct strv *macs, struct plan *plan);

/* Appends the end: removes the units and releases the reservations that the new record does not have. 0, or -errno
 * after a message. */
int change_finish(int root_fd, const struct record *record, const struct strv *macs, struct plan *plan);
