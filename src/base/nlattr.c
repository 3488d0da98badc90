/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes lie one after another, each with its length and type, and are aligned. */
#include "base/nlattr.h"

#include <linux/netlink.h>

#include "base/util.h"

const struct nlattr *nlattr_find(const struct nlattr *first, size_t length, uint16_t type, size_t least)
{
	for (const struct nlattr *a = first;
	     length >= sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= length;) {
		size_t step = NLA_ALIGN(a->nla_len);

		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a->nla_len >= NLA_HDRLEN + least ? a : NULL;
		length -= step < length ? step : length;
		a = (const struct nlattr *)((const char *)a + step);
	}
	return NULL;
}

const struct nlattr *nlattr_find_in(const struct nlattr *outer, uint16_t type, size_t least)
{
	return outer ? nlattr_find(outer + 1, outer->nla_len - NLA_HDRLEN, type, least) : NULL;
}
