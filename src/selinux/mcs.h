/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MCS levels like 's0:c1,c2': the sensitivity is always s0, categories go from c0 to c1023. Pure. */
#pragma once

#include "base/util.h"

#define MCS_CATEGORIES 1024
#define MCS_LENGTH 255 /* bytes of its normal form, which is used as a file name */

struct mcs_level {
	uint64_t bits[MCS_CATEGORIES / 64];
};

/* Reads 's0:c1,c5.c7'. 0, or -EINVAL with a sentence in *ret_message (caller frees). */
int mcs_parse(const char *text, struct mcs_level *ret, char **ret_message);

/* Writes the normal form: ascending categories, with ranges for three or more in a row. Caller frees. */
char *mcs_format(const struct mcs_level *level);

/* Whether a process with level 'a' may access what has level 'b', because a's categories contain b's. */
bool mcs_dominates(const struct mcs_level *a, const struct mcs_level *b);

/* Picks a pair of categories that neither dominates any of the 'n' levels in use nor is dominated by one. 'seed'
 * determines where the search begins, so that containers created at the same time do not compete. 0 or -ENOSPC. */
int mcs_pick(const struct mcs_level *used, size_t n, uint64_t seed, struct mcs_level *ret);
