/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system calls that a container may make, as data from which seccomp.c makes a filter. */
#pragma once

#include <stddef.h>

#include "container/rights.h"

enum calls_verdict {
	CALLS_ALLOWED,
	CALLS_REFUSED, /* EPERM, as every call that is in no group */
	CALLS_MISSING, /* ENOSYS, as if the kernel did not have them: callers fall back to something else */
};

/* Calls are listed by name, since numbers differ between architectures. A name that an architecture does not have is
 * ignored. A call that is in no group gets EPERM. */
struct call_group {
	const char *name;
	enum calls_verdict verdict;
	const char *calls; /* separated by single spaces */
	const char *reason;
	unsigned int right; /* bit n: the right n allows it */
};
extern const struct call_group call_groups[];
extern const size_t n_call_groups;

/* The newest system call considered for this list. From 403 on, numbers are the same on all architectures, except for
 * what an ABI adds to all its numbers. Newer calls get ENOSYS. */
#define CALLS_LAST 456 /* futex_requeue */

/* The number, without what the ABI adds, of a call that is so new that libseccomp may not know it; -1 if libseccomp
 * must know it. */
int calls_young(const char *name);
