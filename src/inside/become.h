/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a process must become to run a command in a container. */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "container/rights.h"

struct entrant {
	/* of the command; ids as the container has them */
	uid_t uid;
	gid_t gid;
	gid_t groups[1024];
	size_t n_groups;
	const char *context; /* SELinux context, or "" */
	bool terminal;	     /* descriptor 0 becomes its controlling terminal */
	bool no_set_id;	     /* it is confined by confine_set_id(), too */
	char **words;	     /* ends with NULL */
	/* of the container's PID 1, to have the same */
	int leader;	       /* its pidfd; this and all higher descriptors are not for the command */
	struct rights rights;  /* for its filter */
	uint64_t capabilities; /* the bounding set, bit n for capability n */
	bool no_new_privs;
	char oom[16]; /* /proc/PID/oom_score_adj */
	struct rlimit limits[RLIM_NLIMITS];
	cpu_set_t processors;
};

/* Becomes that, and runs the command. Returns only if a step fails: -errno, and what could not be done, in the form
 * "become the user". */
int become(const struct entrant *e, const char **ret_what);
