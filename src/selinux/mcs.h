/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MCS levels, 's0:c1,c2': reading, comparing, choosing. PURE. Rules: sensitivity s0 alone, categories c0 to c1023. */
#pragma once

#include "base/util.h"

#define MCS_CATEGORIES 1024
#define MCS_LENGTH 255 /* in its normal form: a level is reserved by a file of its name */

struct mcs_level {
	uint64_t bits[MCS_CATEGORIES / 64];
};

/* Reads 's0:c1,c5.c7'. 0, or -EINVAL with a sentence in *ret_message (caller frees). */
int mcs_parse(const char *text, struct mcs_level *ret, char **ret_message);

/* In its normal form: ascending, each category by itself up to two, ranges from three on. Caller frees. */
char *mcs_format(const struct mcs_level *level);

/* Whether who runs at 'a' may reach what is labelled 'b' (a's categories contain b's). */
bool mcs_dominates(const struct mcs_level *a, const struct mcs_level *b);

/* A pair of categories such that neither it nor any of the 'n' levels in use dominates the other. The search starts at
 * a place that 'seed' gives, so that creates at once do not meet. 0, or -ENOSPC. */
int mcs_pick(const struct mcs_level *used, size_t n, uint64_t seed, struct mcs_level *ret);
