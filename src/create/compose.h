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

/* The parts of the plan of every new container. The beginning: the record, marked as unfinished; reservations; the
 * container's tree, which is empty, in an image of the size of the record's limit or in a directory. The end:
 * everything is on the disk; the record, complete; the host's units. 'macs' is as for generated_add_reservations(), and
 * 'sealed' the reason of op_seal, constant. */
void compose_tree(struct plan *plan, const struct record *record, bool image); /* only that of the tree */
void compose_begin(struct plan *plan, struct record *record, const struct strv *macs, bool image);
void compose_end(struct plan *plan, struct record *record, const char *sealed);

/* The root directory of a container that is not a copy. 'links' are those of struct gathered. */
void compose_root(struct plan *plan, const struct strv *links);
