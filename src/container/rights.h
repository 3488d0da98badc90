/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container may be given beyond what every container has: capabilities of its network namespace, and groups of
 * system calls. Pure. The programs inside link it: C library only. */
#pragma once

#include <stdint.h>

#include "base/strv.h"

enum right_kind { RIGHT_CAPABILITY, RIGHT_CALLS };

/* A set of either kind. */
struct rights {
	uint64_t capabilities; /* bit n is capability n; capabilities(7) */
	unsigned int calls;    /* bit n is the group n of enum right_calls */
};

enum right_calls { RIGHT_KEYRING, RIGHT_NUMA };

/* All capabilities that a right can give: no container has them without it. */
uint64_t rights_capabilities(void);

/* The words of all rights that can be given, in the table's order; NULL after the last. */
const char *right_name(enum right_kind kind, unsigned int index);

/* NULL if a container can be given the right, or what --capability or --system-calls must be, or a sentence that begins
 * with the option and says why no container gets it. Constant. */
const char *right_refused(enum right_kind kind, const char *name);

/* The same for the record. */
bool right_is_capability(const char *name);
bool right_is_calls(const char *name);

/* Names of both kinds, separated by commas, or "". 0 or -EINVAL. */
int rights_parse(const char *text, struct rights *ret);
