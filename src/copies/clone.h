/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a clone: a container like another one, with an identity of its own. */
#pragma once

#include "container/create-spec.h"
#include "create/plan.h"

struct clone {
	const struct record *from;
	int tree;			 /* that of 'from' */
	const struct create_spec *asked; /* its context, name, path, hostname, mounts, ports and nets */
	bool same_nets;			 /* it is in the networks of 'from', and 'asked' has none */
};

/* Chooses what the clone has for itself, and composes its plan, whose order is that of create (create/compose.h).
 * 'attempt' is how many times another command was faster. In struct host, the source is the tree. 0, with *ret_plan for
 * plan_done(), or -errno after a message; *ret_record is for record_done() in any case. */
int clone_compose(const struct clone *clone, unsigned int attempt, struct plan *ret_plan, struct record *ret_record);
