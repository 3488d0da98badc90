/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a clone: a container like another one, with an identity of its own. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"
#include "create/plan.h"

struct clone {
	const struct record *from;
	int tree;			 /* that of 'from', open for reading */
	const struct create_spec *asked; /* the members that identity_choose() uses */
	bool same_nets;
};

/* Chooses what the clone has for itself, and composes its plan, whose order is that of create (create/compose.h).
 * 'attempt' is how many times another command was faster. In struct host, 'source' is the tree. 0, with *ret_plan for
 * plan_done() and *ret_choice and *ret_record likewise; or -errno after a message. */
int clone_compose(const struct clone *clone, unsigned int attempt, struct plan *ret_plan, struct choice *ret_choice,
		  struct record *ret_record);
