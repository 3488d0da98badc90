/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MCS levels: reading, writing, comparing and choosing them. Pure. */
#include "selinux/mcs.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"

static bool level_has(const struct mcs_level *l, unsigned int c)
{
	return l->bits[c / 64] >> (c % 64) & 1;
}

static void level_set(struct mcs_level *l, unsigned int c)
{
	l->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

/* 'c' and a number without leading zeros; advances *p. */
static int parse_category(const char **p, unsigned int *ret)
{
	const char *s = *p;
	unsigned int v = 0;

	if (*s++ != 'c' || *s < '0' || *s > '9' || (*s == '0' && s[1] >= '0' && s[1] <= '9'))
		return -EINVAL;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (unsigned int)(*s - '0');
		if (v >= MCS_CATEGORIES)
			return -ERANGE;
	}
	*p = s;
	*ret = v;
	return 0;
}

static int parse_categories(const char *p, struct mcs_level *l)
{
	for (;;) {
		unsigned int first, last;
		int r = parse_category(&p, &first);

		if (r < 0)
			return r;
		last = first;
		if (*p == '.') {
			p++;
			r = parse_category(&p, &last);
			if (r < 0)
				return r;
			if (last <= first)
				return -EINVAL;
		}
		for (unsigned int c = first; c <= last; c++) {
			if (level_has(l, c))
				return -EEXIST;
			level_set(l, c);
		}
		if (*p == '\0')
			return 0;
		if (*p++ != ',')
			return -EINVAL;
	}
}

static int check_length(const struct mcs_level *l)
{
	_cleanup_(freep) char *normal = mcs_format(l);

	return strlen(normal) > MCS_LENGTH ? -E2BIG : 0;
}

int mcs_parse(const char *text, struct mcs_level *ret, char **ret_message)
{
	const char *categories = skip_prefix(text, "s0:");
	struct mcs_level l = { 0 };
	int r = categories ? parse_categories(categories, &l) : -EINVAL;

	if (r == 0)
		r = check_length(&l);
	if (r == 0) {
		*ret = l;
		return 0;
	}
	*ret_message = xasprintf("'%.80s' is not a level that a container can have: %s.", text,
				 r == -EEXIST	? "it names a category twice"
				 : r == -ERANGE ? "categories go from c0 to c1023"
				 : r == -E2BIG	? "it has too many categories"
						: "write it as s0:c1,c2, with categories from c0 to c1023");
	return -EINVAL;
}

char *mcs_format(const struct mcs_level *level)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	const char *separator = "s0:";

	for (unsigned int c = 0; c < MCS_CATEGORIES; c++) {
		unsigned int last = c;

		if (!level_has(level, c))
			continue;
		while (last + 1 < MCS_CATEGORIES && level_has(level, last + 1))
			last++;
		if (last > c + 1)
			buf_addf(&b, "%sc%u.c%u", separator, c, last);
		else if (last == c + 1)
			buf_addf(&b, "%sc%u,c%u", separator, c, last);
		else
			buf_addf(&b, "%sc%u", separator, c);
		separator = ",";
		c = last;
	}
	return buf_steal(&b);
}

bool mcs_dominates(const struct mcs_level *a, const struct mcs_level *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->bits); i++)
		if (b->bits[i] & ~a->bits[i])
			return false;
	return true;
}

static bool level_free(const struct mcs_level *l, const struct mcs_level *used, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (mcs_dominates(l, &used[i]) || mcs_dominates(&used[i], l))
			return false;
	return true;
}

int mcs_pick(const struct mcs_level *used, size_t n, uint64_t seed, struct mcs_level *ret)
{
	/* All ordered pairs (a, b); those with a >= b are skipped. */
	const uint64_t pairs = (uint64_t)MCS_CATEGORIES * MCS_CATEGORIES;

	for (uint64_t i = 0; i < pairs; i++) {
		uint64_t k = (seed + i) % pairs;
		unsigned int a = (unsigned int)(k % MCS_CATEGORIES), b = (unsigned int)(k / MCS_CATEGORIES);
		struct mcs_level l = { 0 };

		if (a >= b)
			continue;
		level_set(&l, a);
		level_set(&l, b);
		if (level_free(&l, used, n)) {
			*ret = l;
			return 0;
		}
	}
	return -ENOSPC;
}
