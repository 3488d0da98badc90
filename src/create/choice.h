/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is allocated to one container. Most of it belongs to that container alone; the rest does not change once it is
 * created. allocate.c fills it, and composing the plan uses it. */
#pragma once

#include "container/record.h"

/* Strings are owned, or NULL. */
struct choice {
	char *level;	   /* 's0:c1,c2' */
	uint32_t uid_base; /* 0 without ids of its own */
	struct nets nets;
	struct strv macs;	  /* those that do not follow from an address */
	struct strv name_servers; /* for its resolver; none without a network */
	char *uuid;
	char *machine_id;
	char *process_context, *file_context;
};
void choice_done(struct choice *choice);

/* Replaces the networks and the name servers of the record by copies of those of the choice. */
void choice_put_nets(const struct choice *choice, struct record *record);
