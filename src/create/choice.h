/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is allocated to one container and belongs to no other, or is at least fixed for it. allocate.c fills it, and
 * composing the plan uses it. */
#pragma once

#include "container/record.h"

/* Strings are owned, and NULL where there is none. */
struct choice {
	char *level;	   /* 's0:c1,c2' */
	uint32_t uid_base; /* 0: no user namespace */
	struct nets nets;
	struct strv macs;	  /* those that were asked for */
	struct strv name_servers; /* for its resolver; none without a network */
	char *uuid;
	char *machine_id;
	char *process_context, *file_context;
};
void choice_done(struct choice *choice);
