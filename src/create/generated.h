/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that create generates from a container's record alone, as operations of a plan. Whatever makes a container
 * (create) or changes what its record says composes it here, so that a container that was changed has what a new one
 * would have. Pure. */
#pragma once

#include "container/record.h"
#include "create/plan.h"

/* Adds the files and links in the container's tree, with the directories for them: its name, addresses and name
 * servers, the configuration of its interfaces, and what is the same in every container. Its machine-id is not among
 * them, because the record does not have it. */
void generated_add_tree(struct plan *plan, const struct record *record);

/* The text of its resolv.conf(5). Caller frees. */
char *generated_resolver(const struct record *record);

/* Adds the reservations of its level, ids, addresses and ports, and of 'macs': those hardware addresses of the record
 * that the administrator chose. */
void generated_add_reservations(struct plan *plan, const struct record *record, const struct strv *macs);

/* Adds the host's units: those of its ports; and the container's own last, because with it the container can be
 * started. */
void generated_add_units(struct plan *plan, const struct record *record);
