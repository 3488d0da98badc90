/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of 65536 user and group ids, one for each container. Pure. They lie in the range that systemd reserves for
 * containers (UIDS-GIDS: 524288 to 1879048191), so that they contain no user of the host. */
#pragma once

#include "base/util.h"

#define ID_RANGE_COUNT 65536u
#define ID_RANGE_FIRST 524288u
#define ID_RANGE_LAST 1878982656u /* the base of the last range */

struct id_range {
	uint64_t start, count;
};

/* Appends the ranges that a file like /etc/subuid assigns ('name:start:count' lines) to *ranges. */
void id_range_parse_subid(const char *text, struct id_range **ranges, size_t *n);

/* Appends the ids above ID_RANGE_FIRST that users or groups of the host have (lines of /etc/passwd or /etc/group). */
void id_range_parse_accounts(const char *text, struct id_range **ranges, size_t *n);

/* Whether the range that begins at 'base' overlaps with none of 'used'. */
bool id_range_is_free(uint64_t base, const struct id_range *used, size_t n);

/* Picks a base whose range overlaps with none of 'used'. 'seed' determines where the search begins. 0, or -ENOSPC. */
int id_range_pick(const struct id_range *used, size_t n, uint64_t seed, uint32_t *ret_base);
