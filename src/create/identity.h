/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new identity for a copy of a container: what no two containers may share. */
#pragma once

#include "container/create-spec.h"
#include "create/choice.h"
#include "create/plan.h"

/* Chooses an identity for a copy of container 'from', as allocate() does for a new container, and makes the copy's
 * record. Of 'asked', only these members are used: context, name, path, hostname, mounts, ports and nets, each of which
 * replaces what 'from' has. 'same_nets': the copy is to be in the networks of 'from', and 'asked' has none. 'attempt'
 * is how many times another command was faster. 0, with *ret_choice for choice_done() and *ret_record for
 * record_done(); or -errno after a message. */
int identity_choose(const struct record *from, const struct create_spec *asked, bool same_nets, unsigned int attempt,
		    struct choice *ret_choice, struct record *ret_record);

/* Adds to a plan what has to be done to the tree of container 'from' for its copy 'to': operations that change it
 * (create/change.h), and, as left out, what the copy must not have. 'tree' is the tree of 'from', or any copy of it, in
 * which root in the container may have put anything; it is only read. */
void identity_add_tree(struct plan *plan, int tree, const struct record *from, const struct record *to,
		       const char *machine_id);
