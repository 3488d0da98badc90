/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --network: one that is accepted, written with its words in order, is accepted again and the same. */
#include "fuzz.h"

#include "base/buf.h"
#include "container/net-spec.h"

static void add(struct buf *b, const char *key, const char *value)
{
	if (*value)
		buf_addf(b, "%s%s=%s", b->len ? "," : "", key, value);
}

static char *format(const struct record_net *net)
{
	struct buf b = { 0 };

	add(&b, "source", net->network);
	add(&b, "bridge", net->bridge);
	add(&b, "macvlan", net->device);
	add(&b, "mac", net->mac);
	add(&b, "address", net->address);
	if (net->dhcp)
		buf_addf(&b, ",dhcp");
	for (size_t i = 0; i < net->routes.n; i++)
		add(&b, "route", net->routes.v[i]);
	return buf_steal(&b);
}

static void nets_done(struct record_net *nets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		record_net_done(&nets[i]);
	free(nets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *text = fuzz_line(&input), *once = NULL, *twice = NULL;
	struct record_net *nets = NULL;
	size_t n = 0;

	if (net_spec_parse(text, &nets, &n)) {
		CHECK(n == 0 && !nets);
		return 0;
	}
	CHECK(n == 1);
	once = format(&nets[0]);
	CHECK(fuzz_is_plain(once, ""));
	CHECK(net_spec_parse(once, &nets, &n) == NULL && n == 2);
	twice = format(&nets[1]);
	CHECK_SAME(once, twice);
	nets_done(nets, n);
	return 0;
}
