/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --network as data: what is understood, and what is refused with which words. */
#include "lib/tap.h"

#include "container/net-spec.h"

static const struct {
	const char *text;
	const char *result; /* 'SOURCE MAC ADDRESS ROUTES', '-' for none; NULL: refused */
	const char *must;   /* in the refusal */
} cases[] = {
	{ "default", "network 'default' - - -", NULL },
	{ "source=default", "network 'default' - - -", NULL },
	{ "source=default,address=192.168.122.1/24", "network 'default' - 192.168.122.1/24 -", NULL },
	{ "address=192.168.122.1,source=default", "network 'default' - 192.168.122.1 -", NULL },
	{ "source=default,address=192.168.122.1/24%192.168.122.255,route=10.0.0.0/8%192.168.122.9",
	  "network 'default' - 192.168.122.1/24 10.0.0.0/8%192.168.122.9", NULL },
	{ "dhcp,source=default", "network 'default' - dhcp -", NULL },
	{ "source=default,dhcp", "network 'default' - dhcp -", NULL },
	{ "bridge=br0", "bridge 'br0' - dhcp -", NULL },
	{ "bridge=br0,dhcp", "bridge 'br0' - dhcp -", NULL },
	{ "bridge=br0,address=10.0.0.5/8", "bridge 'br0' - 10.0.0.5/8 -", NULL },
	{ "macvlan=eth0.7,mac=52:54:00:AB:CD:EF", "interface 'eth0.7' 52:54:00:ab:cd:ef dhcp -", NULL },
	{ "route=0.0.0.0/0%10.0.0.1,macvlan=eth0,route=10.1.0.0/16%10.0.0.2,address=10.0.0.5/8",
	  "interface 'eth0' - 10.0.0.5/8 0.0.0.0/0%10.0.0.1 10.1.0.0/16%10.0.0.2", NULL },
	{ "sandbox,address6=FD00:0::7", "network 'sandbox' - - fd00::7/64 -", NULL },
	{ "sandbox,address6=fd00::7/64,address=172.31.0.7", "network 'sandbox' - 172.31.0.7 fd00::7/64 -", NULL },
	{ "sandbox,address6=none", "network 'sandbox' - - -", NULL },
	{ "", NULL, "one of source=" },
	{ ",", NULL, "one of source=" },
	{ "dhcp", NULL, "one of source=" },
	{ "address=10.0.0.5/8", NULL, "one of source=" },
	{ "source=default,bridge=br0", NULL, "one of source=" },
	{ "bridge=br0,macvlan=eth0", NULL, "one of source=" },
	{ "dhcp,source=default,address=10.0.0.5/8", NULL, "but not both" },
	{ "source=default,source=other", NULL, "source= at most once" },
	{ "bridge=br0,address=10.0.0.5/8,address=10.0.0.6/8", NULL, "address= at most once" },
	{ "bridge=br0,address=10.0.0.5", NULL, "with an address" },
	{ "bridge=br0,address=10.0.0.5/33", NULL, "with an address" },
	{ "bridge=br0,address=10.0.0.5/0", NULL, "with an address" },
	{ "bridge=br0,address=10.0.0.256/8", NULL, "with an address" },
	{ "bridge=br0,address=10.0.0.5/8%10.0.0.255", NULL, "with an address" },
	{ "bridge=br0,address=10.0.0.5/8%", NULL, "with an address" },
	{ "bridge=br0,address=10.0.0.5%10.255.255.255", NULL, "with an address" },
	{ "bridge=br0,address=", NULL, "with an address" },
	{ "bridge=br0,address=fd00::1/64", NULL, "with an address" },
	{ "bridge=br0,address=127.0.0.5/8", NULL, "with an address" },
	{ "bridge=br0,address=224.0.0.5/24", NULL, "with an address" },
	{ "source=default,address=0.0.0.0", NULL, "with an address" },
	{ "default,address6=fd00::7", NULL, "the network sandbox" },
	{ "bridge=br0,address6=fd00::7", NULL, "the network sandbox" },
	{ "sandbox,dhcp,address6=fd00::7", NULL, "the network sandbox, without dhcp" },
	{ "sandbox,address6=fd00::7,address6=fd00::8", NULL, "address6= at most once" },
	{ "sandbox,address6=fd00::7/48", NULL, "an IPv6 address like" },
	{ "sandbox,address6=172.31.0.7", NULL, "an IPv6 address like" },
	{ "sandbox,address6=fe80::7", NULL, "an IPv6 address like" },
	{ "sandbox,address6=ff02::7", NULL, "an IPv6 address like" },
	{ "sandbox,address6=::1", NULL, "an IPv6 address like" },
	{ "sandbox,address6=::ffff:10.0.0.7", NULL, "an IPv6 address like" },
	{ "sandbox,address6=fd00::7%eth0", NULL, "an IPv6 address like" },
	{ "sandbox,address6=", NULL, "an IPv6 address like" },
	{ "bridge=br0,route=10.1.2.3/16%10.0.0.1", NULL, "routes like" },
	{ "bridge=br0,route=10.1.0.0/016%10.0.0.1", NULL, "routes like" },
	{ "bridge=br0,route=0.0.0.0/00%10.0.0.1", NULL, "routes like" },
	{ "bridge=br0,mac=00:00:00:00:00:00", NULL, "hardware address" },
	{ "bridge=br0,route=10.0.0.0/8", NULL, "routes like" },
	{ "bridge=br0,route=10.0.0.0%10.0.0.1", NULL, "routes like" },
	{ "bridge=br0,route=10.0.0.0/8%", NULL, "routes like" },
	{ "bridge=br0,mac=53:54:00:00:00:01", NULL, "hardware address" },
	{ "bridge=br0,mac=52:54:00:00:00", NULL, "hardware address" },
	{ "bridge=", NULL, "name of a bridge" },
	{ "bridge=../../x", NULL, "name of a bridge" },
	{ "bridge=a234567890123456", NULL, "name of a bridge" },
	{ "macvlan=-x", NULL, "name of an interface" },
	{ "source=", NULL, "the name of a libvirt network" },
	{ "source=a/b", NULL, "the name of a libvirt network" },
	{ "default\n", NULL, "the name of a libvirt network" },
	{ "a b", NULL, "the name of a libvirt network" },
	{ "a\xff", NULL, "the name of a libvirt network" },
	{ "a\xc2\x9b", NULL, "the name of a libvirt network" },
	{ "dhcp,default", NULL, "a comma-separated list of source=" },
	{ "default,source=other", NULL, "source= at most once" },
	{ "default,neighbours=", NULL, "neighbours=yes or neighbours=no" },
	{ "default,neighbours=maybe", NULL, "neighbours=yes or neighbours=no" },
	{ "bridge=br0,vlan=7", NULL, "a comma-separated list of source=" },
	{ "bridge=br0,none", NULL, "a comma-separated list of source=" },
};

/* Caller frees. */
static char *describe(const struct net *net)
{
	_cleanup_(freep) char *source = net_source(net);
	_cleanup_(strv_done) struct strv routes = { 0 };
	_cleanup_(freep) char *address =
		net->address.prefix ? ipv4_format_range(&net->address) : ipv4_format(net->address.address);
	_cleanup_(freep) char *address6 = ipv6_format_range(&net->address6);
	_cleanup_(freep) char *joined = NULL;

	for (size_t i = 0; i < net->n_routes; i++)
		strv_take(&routes, net_format_route(&net->routes[i]));
	joined = strv_join(&routes, " ");
	return xasprintf("%s %s %s %s%s%s", source, *net->mac ? net->mac : "-",
			 net->dhcp		? "dhcp"
			 : net->address.address ? address
						: "-",
			 net->address6.prefix ? address6 : "", net->address6.prefix ? " " : "", *joined ? joined : "-");
}

static void check_case(size_t i)
{
	_cleanup_(net_done) struct net net = { 0 };
	_cleanup_(freep) char *must = net_spec_parse(cases[i].text, &net);
	_cleanup_(freep) char *result = must ? NULL : describe(&net);

	if (cases[i].result)
		CHECK_STR(result, cases[i].result);
	else
		CHECK(!net.source && must && strstr(must, cases[i].must));
	if (!cases[i].result && (!must || !strstr(must, cases[i].must)))
		printf("# '%s': %s\n", cases[i].text, must ? must : "accepted");
}

TEST(cases)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(i);
}

/* The lists in the sentences are made from the tables. */
TEST(sentences)
{
	struct net net;
	_cleanup_(freep) char *source = net_spec_parse("dhcp", &net);
	_cleanup_(freep) char *words = net_spec_parse("bridge=br0,none", &net);
	_cleanup_(freep) char *section = net_check(&(struct net){ 0 }, "Network 1");

	CHECK_STR(source, "a network with one of source=, bridge= and macvlan=");
	CHECK_STR(words,
		  "a comma-separated list of source=, bridge=, macvlan=, mac=, 'dhcp', address=, address6=, route= and "
		  "neighbours=");
	CHECK_STR(section, "[Network 1] needs one of Network=, Bridge= and Device=.");
}

TEST_MAIN
