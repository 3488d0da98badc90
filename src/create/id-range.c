/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges of ids: those in use on the host, and a free one for a container. */
#include "create/id-range.h"

#include <errno.h>
#include <string.h>

#include "base/accounts.h"

static void add_range(struct id_range **ranges, size_t *n, uint64_t start, uint64_t count)
{
	grow(*ranges, *n);
	(*ranges)[(*n)++] = (struct id_range){ start, count };
}

void id_range_parse_subid(const char *text, struct id_range **ranges, size_t *n)
{
	for (struct account_line l; account_line_next(&text, &l);) {
		uint64_t start, count;

		if (l.n >= 3 && parse_u64(l.field[1], UINT32_MAX, &start) == 0 &&
		    parse_u64(l.field[2], UINT32_MAX, &count) == 0)
			add_range(ranges, n, start, count);
		account_line_done(&l);
	}
}

void id_range_parse_accounts(const char *text, struct id_range **ranges, size_t *n)
{
	for (struct account_line l; account_line_next(&text, &l);) {
		uint64_t id;

		if (l.n >= 3 && parse_u64(l.field[2], UINT32_MAX, &id) == 0 && id >= ID_RANGE_FIRST)
			add_range(ranges, n, id, 1);
		account_line_done(&l);
	}
}

bool id_range_is_free(uint64_t base, const struct id_range *used, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (used[i].start < base + ID_RANGE_COUNT && base < used[i].start + used[i].count)
			return false;
	return true;
}

int id_range_pick(const struct id_range *used, size_t n, uint64_t seed, uint32_t *ret_base)
{
	const uint64_t slots = (ID_RANGE_LAST - ID_RANGE_FIRST) / ID_RANGE_COUNT + 1;

	for (uint64_t i = 0; i < slots; i++) {
		uint64_t base = ID_RANGE_FIRST + (seed + i) % slots * ID_RANGE_COUNT;

		if (id_range_is_free(base, used, n)) {
			*ret_base = (uint32_t)base;
			return 0;
		}
	}
	return -ENOSPC;
}
