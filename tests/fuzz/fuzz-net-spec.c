/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --network: an accepted value, written with its words in order, is accepted again, with the same result. */
#include "fuzz.h"

#include "base/buf.h"
#include "container/net-spec.h"

static void add(struct buf *b, const char *key, const char *value)
{
	if (*value)
		buf_addf(b, "%s%s=%s", b->len ? "," : "", key, value);
}

static char *format(const struct net *net)
{
	_cleanup_(freep) char *address = net->address.prefix	? ipv4_format_range(&net->address)
					 : net->address.address ? ipv4_format(net->address.address)
								: xstrdup("");
	struct buf b = { 0 };

	buf_addf(&b, "%s%s", net->kind->option, net->source);
	add(&b, "mac", net->mac);
	add(&b, "address", address);
	if (net->dhcp)
		buf_addf(&b, ",dhcp");
	for (size_t i = 0; i < net->n_routes; i++) {
		_cleanup_(freep) char *route = net_format_route(&net->routes[i]);

		add(&b, "route", route);
	}
	return buf_steal(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *text = fuzz_line(&input), *once = NULL, *twice = NULL, *must = NULL;
	_cleanup_(net_done) struct net net = { 0 }, again = { 0 };

	must = net_spec_parse(text, &net);
	if (must) {
		CHECK(!net.source);
		return 0;
	}
	once = format(&net);
	CHECK(fuzz_is_plain(once, ""));
	CHECK(net_spec_parse(once, &again) == NULL);
	twice = format(&again);
	CHECK_SAME(once, twice);
	return 0;
}
