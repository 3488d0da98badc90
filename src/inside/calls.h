/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system calls that a container may make, as data: seccomp.c makes a filter of it. */
#pragma once

#include <stddef.h>

enum calls_verdict {
	CALLS_ALLOWED,
	CALLS_MISSING, /* ENOSYS, as if the kernel did not have them: callers fall back to something else */
};

/* Names, since numbers differ between architectures. A name that an architecture does not have is passed over. A call
 * that is in no group gets EPERM. */
struct call_group {
	const char *name;
	enum calls_verdict verdict;
	const char *calls; /* separated by single spaces */
	const char *reason;
};
extern const struct call_group call_groups[];
extern const size_t n_call_groups;

/* The last system call that was looked at for this list; the numbers are the same on all architectures from 403 on, but
 * for what an ABI adds to all of its numbers. Younger ones get ENOSYS. */
#define CALLS_LAST 456 /* futex_requeue */

/* The number of a call that is so young that libseccomp may not know it, without what the ABI adds; -1: it has to. */
int calls_young(const char *name);
