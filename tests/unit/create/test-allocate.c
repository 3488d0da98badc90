/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Levels, ranges of ids, addresses: what only one container may have. */
#include "lib/tap.h"

#include <errno.h>

#include "base/buf.h"
#include "base/ipv4.h"
#include "create/id-range.h"
#include "selinux/mcs.h"

static const struct {
	const char *text;
	const char *normal; /* NULL: refused */
} levels[] = {
	{ "s0:c1,c2", "s0:c1,c2" },
	{ "s0:c2,c1", "s0:c1,c2" },
	{ "s0:c1", "s0:c1" },
	{ "s0:c0.c1023", "s0:c0.c1023" },
	{ "s0:c1.c2,c9", "s0:c1,c2,c9" },
	{ "s0:c1.c3,c5", "s0:c1.c3,c5" },
	{ "", NULL },
	{ "s0", NULL },
	{ "s0:", NULL },
	{ "s1:c1,c2", NULL },
	{ "s0:c1,c1", NULL },
	{ "s0:c1024", NULL },
	{ "s0:c1,", NULL },
	{ "s0:c1 ,c2", NULL },
	{ "s0:c01", NULL },
	{ "s0:c5.c3", NULL },
	{ "s0:c1-s0:c2", NULL },
	{ "s0:c99999999999999999999", NULL },
	{ "s0:c1\n", NULL },
	{ "s0:c1.c5,c3", NULL },
};

TEST(level_table)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		_cleanup_(freep) char *message = NULL;
		_cleanup_(freep) char *text = NULL;
		struct mcs_level l;
		int r = mcs_parse(levels[i].text, &l, &message);

		CHECK_INT(r, levels[i].normal ? 0 : -EINVAL);
		CHECK((message != NULL) == (levels[i].normal == NULL));
		if (r < 0 || !levels[i].normal)
			continue;
		text = mcs_format(&l);
		CHECK_STR(text, levels[i].normal);
	}
}

/* It must fit the name of a file, and a record. */
TEST(a_level_that_is_too_long)
{
	_cleanup_(freep) char *message = NULL;
	_cleanup_(buf_done) struct buf b = { 0 };
	struct mcs_level l;

	buf_addf(&b, "s0:c0");
	for (unsigned int c = 100; c < 202; c += 2)
		buf_addf(&b, ",c%u", c);
	CHECK_INT(mcs_parse(b.text, &l, &message), -EINVAL);
	CHECK(message && strstr(message, "too many"));
	b.text[b.len - strlen(",c200")] = '\0';
	CHECK_INT(mcs_parse(b.text, &l, &message), 0);
}

TEST(name_servers)
{
	static const struct {
		const char *text, *servers;
	} cases[] = {
		{ "", "" },
		{ "nameserver 192.0.2.1\n", "192.0.2.1" },
		{ "search x\nnameserver\t192.0.2.1 \r\n\nnameserver 192.0.2.2", "192.0.2.1 192.0.2.2" },
		{ "# nameserver 192.0.2.1\n; nameserver 192.0.2.2\n#nameserver 192.0.2.3\n", "" },
		{ "search nameserver 192.0.2.1\noptions nameserver\n192.0.2.1\n", "" },
		{ "nameserver 127.0.0.53\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver 0.0.0.0\n", "" },
		{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
		  "192.0.2.1 192.0.2.2 192.0.2.3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(strv_done) struct strv servers = { 0 };
		_cleanup_(freep) char *joined = NULL;

		ipv4_parse_resolv(cases[i].text, &servers);
		joined = strv_join(&servers, " ");
		CHECK_STR(joined, cases[i].servers);
	}
}

TEST(picked_levels_do_not_dominate_each_other)
{
	struct mcs_level used[40];
	_cleanup_(freep) char *message = NULL;

	CHECK_INT(mcs_parse("s0:c5", &used[0], &message), 0);
	for (size_t n = 1; n < ARRAY_SIZE(used); n++)
		CHECK_INT(mcs_pick(used, n, 5 * 1024 + 3, &used[n]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(used); i++)
		for (size_t k = 0; k < ARRAY_SIZE(used); k++)
			CHECK(i == k || !mcs_dominates(&used[i], &used[k]));
}

TEST(no_level_left)
{
	struct mcs_level all = { 0 }, l;

	memset(&all, 0xff, sizeof(all));
	CHECK_INT(mcs_pick(&all, 1, 7, &l), -ENOSPC);
}

TEST(id_ranges)
{
	struct id_range *used = NULL;
	size_t n = 0;
	uint32_t base, again;

	id_range_parse_subid("a:524288:65536\nbroken\nb:-1:5\nc:589825:1\n", &used, &n);
	CHECK_INT(n, 2);
	id_range_parse_accounts("root:x:0:0::/:/bin/sh\nfar:x:700000:700000::/:\n", &used, &n);
	CHECK_INT(n, 3);
	CHECK_INT(id_range_pick(used, n, 0, &base), 0);
	CHECK_INT(base, 524288 + 3 * 65536); /* the third range holds user 'far' */
	CHECK_INT(base % 65536, 0);
	CHECK_INT(id_range_pick(used, n, 28663, &again), 0);
	CHECK_INT(again, ID_RANGE_LAST);
	free(used);
	used = xcalloc(1, sizeof(*used));
	used[0] = (struct id_range){ 0, UINT32_MAX };
	CHECK_INT(id_range_pick(used, 1, 3, &base), -ENOSPC);
	free(used);
}

TEST(addresses)
{
	struct ipv4_range range = { 0xac1f0001, 16 };
	uint32_t used[3] = { 0xac1f0002, 0xac1f0003, 0xac1f0004 }, a = 0;
	unsigned int prefix = 0;
	_cleanup_(freep) char *mac = NULL;
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(ipv4_pick(&range, used, 3, 0, &a), 0);
	CHECK_INT(a, 0xac1f0005);
	text = ipv4_format(a);
	CHECK_STR(text, "172.31.0.5");
	mac = ipv4_mac(a);
	CHECK_STR(mac, "52:54:00:1f:00:05");
	CHECK_INT(ipv4_pick(&range, used, 3, 65533, &a), 0);
	CHECK_INT(a, 0xac1ffffe); /* never the broadcast address */
	range.prefix = 30;
	used[1] = 0xac1f0001;
	CHECK_INT(ipv4_pick(&range, used, 2, 0, &a), -ENOSPC);
	CHECK_INT(ipv4_parse_prefix("255.255.0.0", "", &prefix), 0);
	CHECK_INT(prefix, 16);
	CHECK_INT(ipv4_parse_prefix("255.0.255.0", "", &prefix), -EINVAL);
	CHECK_INT(ipv4_parse_prefix("", "33", &prefix), -EINVAL);
	CHECK_INT(ipv4_parse("1.2.3", &a), -EINVAL);
}

TEST(network_beside_the_hosts)
{
	struct ipv4_range taken[2] = { { 0xac1f0000, 16 }, { 0, 0 } }, r;

	CHECK_INT(ipv4_pick_network(taken, 2, &r), 0);
	CHECK_INT(r.address, 0xac1e0001);
	CHECK_INT(r.prefix, 16);
	taken[0] = (struct ipv4_range){ 0xac100000, 12 };
	CHECK_INT(ipv4_pick_network(taken, 2, &r), 0);
	CHECK_INT(r.address >> 24, 10);
}

TEST_MAIN
