/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions of networks: those of earlier versions of setup are recognised, and an administrator's are not. */
#include "lib/tap.h"

#include "base/util.h"
#include "virt/network-layout.h"

#define HEAD                                                                                                           \
	"<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>sandbox</name><uuid>x</uuid>"
#define BRIDGE_ROW "<bridge name='sandbox0' stp='off' delay='0'/>"
#define MAC "<mac address='52:54:00:00:00:01'/>"
#define IP "<ip address='172.31.0.1' prefix='16'></ip>"
#define NAT "<forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>"
#define ROUTE "<forward mode='route'/>"
#define OPTIONS "<dnsmasq:options><dnsmasq:option value='local=/sandbox/'/></dnsmasq:options>"
#define NAMES "<dns><host ip='172.31.0.7'><hostname>web1.sandbox</hostname></host></dns>"
#define TAIL "</network>"

static const struct {
	const char *what, *xml;
	bool outdated, current;
} cases[] = {
	{ "the first version, with NAT", HEAD NAT BRIDGE_ROW MAC IP TAIL, true, false },
	{ "with the names of containers that run", HEAD NAT BRIDGE_ROW MAC NAMES IP TAIL, true, false },
	{ "routed, without names", HEAD ROUTE BRIDGE_ROW MAC IP TAIL, true, false },
	{ "this version", HEAD ROUTE BRIDGE_ROW MAC IP OPTIONS TAIL, false, true },
	{ "this version, with names", HEAD ROUTE BRIDGE_ROW MAC NAMES IP OPTIONS TAIL, false, true },
	{ "this version, with NAT", HEAD NAT BRIDGE_ROW MAC IP OPTIONS TAIL, true, false },
	{ "another bridge", HEAD NAT "<bridge name='virbr7'/>" MAC IP TAIL, false, false },
	{ "DHCP", HEAD NAT BRIDGE_ROW "<ip address='172.31.0.1' prefix='16'><dhcp/></ip>" TAIL, false, false },
	{ "two addresses", HEAD NAT BRIDGE_ROW IP "<ip family='ipv6' address='fd00::1' prefix='64'/>" TAIL, false,
	  false },
	{ "no address", HEAD NAT BRIDGE_ROW TAIL, false, false },
	{ "other ports",
	  HEAD "<forward mode='nat'><nat><port start='5000' end='6000'/></nat></forward>" BRIDGE_ROW IP TAIL, false,
	  false },
	{ "one interface", HEAD "<forward mode='nat' dev='eth0'/>" BRIDGE_ROW IP TAIL, false, false },
	{ "an isolated network", HEAD BRIDGE_ROW IP TAIL, false, false },
	{ "a limit of bandwidth", HEAD NAT BRIDGE_ROW "<bandwidth/>" IP TAIL, false, false },
	{ "names of its own",
	  HEAD NAT BRIDGE_ROW "<dns><host ip='1.2.3.4'><hostname>printer</hostname></host></dns>" IP TAIL, false,
	  false },
	{ "a name server to ask", HEAD NAT BRIDGE_ROW "<dns><forwarder addr='1.2.3.4'/></dns>" IP TAIL, false, false },
	{ "an option",
	  HEAD NAT BRIDGE_ROW IP "<dnsmasq:options><dnsmasq:option value='log-queries'/></dnsmasq:options>" TAIL, false,
	  false },
	{ "not XML", "<network>", false, false },
};

TEST(old_ones)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (network_layout_is_outdated(cases[i].xml) != cases[i].outdated ||
		    network_layout_is_current(cases[i].xml) != cases[i].current)
			printf("# %s\n", cases[i].what);
		CHECK_INT(network_layout_is_outdated(cases[i].xml), cases[i].outdated);
		CHECK_INT(network_layout_is_current(cases[i].xml), cases[i].current);
	}
}

TEST(written_and_read)
{
	struct network_layout layout = { .range = { 0x0a141e01, 24 } }, again = { 0 };
	_cleanup_(freep) char *xml = network_layout_xml("sandbox", NULL, &layout);

	CHECK_INT(network_layout_is_current(xml), true);
	CHECK_INT(network_layout_read(xml, &again), true);
	CHECK_INT(again.range.address, layout.range.address);
	CHECK_INT(again.range.prefix, 24);
	CHECK_INT(network_layout_same(&layout, &again), true);
	free(xml);
	CHECK_INT(ipv6_parse_range("fd12:3456:789a:1::1/64", &layout.range6), 0);
	CHECK_INT(network_layout_same(&layout, &again), false);
	xml = network_layout_xml("sandbox", "0a35ab5e-6c77-4c9e-a4d3-0f6e3c2c4a10", &layout);
	CHECK(strstr(xml, "<uuid>0a35ab5e-6c77-4c9e-a4d3-0f6e3c2c4a10</uuid>") != NULL);
	CHECK_INT(network_layout_is_current(xml), true);
	CHECK_INT(network_layout_is_outdated(xml), false);
	CHECK_INT(network_layout_read(xml, &again), true);
	CHECK_INT(network_layout_same(&layout, &again), true);
	CHECK_INT(
		network_layout_read(
			"<network><ip address='10.0.0.1' prefix='8'/><ip family='ipv6' address='fd00::7' prefix='64'/>"
			"</network>",
			&again),
		true);
	CHECK_INT(again.range6.prefix, 0);
	CHECK_INT(network_layout_read("<network><ip family='ipv6' address='fd00::1' prefix='64'/></network>", &again),
		  false);
}

int main(void)
{
	return test_run_all();
}
