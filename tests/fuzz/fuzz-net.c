/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: a network, an address to look for in it, a netmask, and a resolv.conf. */
#include "fuzz.h"

#include "base/ipv4.h"

static void check_range(const struct net_range *range, uint32_t address)
{
	uint32_t used[] = { address, range->gateway };
	uint32_t picked;
	_cleanup_(freep) char *text = net_format_address(range->gateway),
			      *all = xasprintf("%s/%u", text, range->prefix);
	struct net_range again;

	CHECK(range->prefix <= 32);
	CHECK(net_parse_range(all, &again) == 0 && again.gateway == range->gateway && again.prefix == range->prefix);
	if (net_pick(range, used, ARRAY_SIZE(used), address, &picked) == 0)
		CHECK(picked != address && picked != range->gateway && net_usable(range, picked));
	if (net_pick_network(range, 1, &again) == 0 && range->prefix > 0)
		CHECK(!net_usable(range, again.gateway) && !net_usable(&again, range->gateway));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *network = fuzz_line(&input), *address = fuzz_line(&input), *mask = fuzz_line(&input);
	_cleanup_(freep) char *resolv = fuzz_part(&input, NULL), *written = NULL;
	_cleanup_(strv_done) struct strv servers = { 0 };
	struct net_range range;
	unsigned int prefix;
	uint32_t a = 0;

	if (net_parse_address(address, &a) == 0) {
		written = net_format_address(a);
		CHECK_SAME(written, address);
	}
	if (net_parse_prefix(mask, "", &prefix) == 0)
		CHECK(prefix <= 32);
	if (net_parse_range(network, &range) == 0)
		check_range(&range, a);
	net_parse_resolv(resolv, &servers);
	CHECK(servers.n <= 3);
	for (size_t i = 0; i < servers.n; i++)
		CHECK(net_parse_address(servers.v[i], &a) == 0 && a != 0);
	return 0;
}
