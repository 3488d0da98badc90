/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: a network, an address to look for in it, a netmask, and a resolv.conf. */
#include "fuzz.h"

#include "base/ipv4.h"

static void check_range(const struct ipv4_range *range, uint32_t address)
{
	uint32_t used[] = { address, range->address };
	uint32_t picked;
	_cleanup_(freep) char *text = ipv4_format(range->address), *all = xasprintf("%s/%u", text, range->prefix);
	struct ipv4_range again;

	CHECK(range->prefix <= 32);
	CHECK(ipv4_parse_range(all, &again) == 0 && again.address == range->address && again.prefix == range->prefix);
	if (ipv4_pick(range, used, ARRAY_SIZE(used), address, &picked) == 0)
		CHECK(picked != address && picked != range->address && ipv4_usable(range, picked));
	if (ipv4_pick_network(range, 1, &again) == 0 && range->prefix > 0)
		CHECK(!ipv4_usable(range, again.address) && !ipv4_usable(&again, range->address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *network = fuzz_line(&input), *address = fuzz_line(&input), *mask = fuzz_line(&input);
	_cleanup_(freep) char *resolv = fuzz_part(&input, NULL), *written = NULL;
	_cleanup_(strv_done) struct strv servers = { 0 };
	struct ipv4_range range;
	unsigned int prefix;
	uint32_t a = 0;

	if (ipv4_parse(address, &a) == 0) {
		written = ipv4_format(a);
		CHECK_SAME(written, address);
	}
	if (ipv4_parse_prefix(mask, "", &prefix) == 0)
		CHECK(prefix <= 32);
	if (ipv4_parse_range(network, &range) == 0)
		check_range(&range, a);
	ipv4_parse_resolv(resolv, &servers);
	CHECK(servers.n <= 3);
	for (size_t i = 0; i < servers.n; i++)
		CHECK(ipv4_parse(servers.v[i], &a) == 0 && a != 0);
	return 0;
}
