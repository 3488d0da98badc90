/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of 65536 user and group ids, one for each container. PURE. The ranges come from what systemd documents as
 * meant for containers (UIDS-GIDS: 524288 to 1879048191), so that no user of the host is in one. */
#pragma once

#include "base/util.h"

#define ID_RANGE_COUNT 65536u
#define ID_RANGE_FIRST 524288u
#define ID_RANGE_LAST 1878982656u /* base of the last range */

struct id_range {
	uint64_t start, count;
};

/* Ranges that a file like /etc/subuid gives away ('name:start:count' lines), appended to *ranges. */
void id_range_parse_subid(const char *text, struct id_range **ranges, size_t *n);

/* Ids above ID_RANGE_FIRST that users or groups of the host have (lines of /etc/passwd or /etc/group), appended
 * likewise. */
void id_range_parse_accounts(const char *text, struct id_range **ranges, size_t *n);

/* A base whose range touches none of 'used'; the search starts where 'seed' says. 0, or -ENOSPC. */
int id_range_pick(const struct id_range *used, size_t n, uint64_t seed, uint32_t *ret_base);
