/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* network-show, network-make, network-remove and libvirt-version: for create and setup. What they find out goes to
 * standard output as one word. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmds.h"
#include "virt/domain-xml.h"
#include "base/log.h"
#include "base/ipv4.h"
#include "base/interface.h"
#include "container/paths.h"
#include "container/virt-client.h"
#include "base/rootfd.h"
#include "virt/libvirt.h"

#define ROUTES_MAX (16 * 1024 * 1024) /* bytes */

/* proc(5): /proc/net/route has 'Iface Destination Gateway Flags RefCnt Use Metric Mask ...', hexadecimal, as
 * the four bytes of the network's order lie in memory. */
static struct ipv4_range *read_routes(const struct context *context, size_t *ret_n)
{
	_cleanup_(freep) char *text = NULL;
	struct ipv4_range *routes = NULL;
	size_t n = 0;

	if (rootfd_read(context->root_fd, "/proc/net/route", WALK_ROOT, ROUTES_MAX, &text, NULL) == 0) {
		for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
			unsigned int destination, mask;

			if (sscanf(line, "%*31s %x %*x %*x %*d %*d %*d %x", &destination, &mask) != 2)
				continue;
			grow(routes, n);
			routes[n++] = (struct ipv4_range){ ntohl(destination), (unsigned int)__builtin_popcount(mask) };
		}
	}
	*ret_n = n;
	return routes;
}

/* NAT, and libvirt's own dnsmasq answers the containers' name queries. 'name' has no letter that XML minds. */
static char *network_xml(const char *name, const struct ipv4_range *range)
{
	_cleanup_(freep) char *gateway = ipv4_format(range->address);

	return xasprintf("<network>\n"
			 "  <name>%s</name>\n"
			 "  <forward mode='nat'/>\n"
			 "  <bridge name='" NETWORK_BRIDGE "' stp='off' delay='0'/>\n"
			 "  <ip address='%s' prefix='%u'/>\n"
			 "</network>\n",
			 name, gateway, range->prefix);
}

static int make(const struct context *context, const char *name)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) struct ipv4_range *routes = NULL;
	_cleanup_(freep) char *xml = NULL;
	struct ipv4_range range;
	size_t n_routes;
	bool active;
	int r = virt_open(context->connect, &conn);

	if (r == 0)
		r = virt_network_get(conn, name, &xml, &active);
	if (r < 0)
		return r;
	if (r > 0 && active)
		return 0;
	if (r > 0) {
		r = virt_network_start(conn, name);
		return r < 0 ? r : 1;
	}
	routes = read_routes(context, &n_routes);
	if (ipv4_pick_network(routes, n_routes, &range) < 0)
		return log_error_errno(
			-ENOSPC,
			"The host's routes leave no private /16 network free for '%s'; define a libvirt network "
			"of that name yourself.",
			name);
	xml = network_xml(name, &range);
	r = virt_network_create(conn, name, xml);
	return r < 0 ? r : 1;
}

static int network_make(const struct context *context, const char *name)
{
	int r = make(context, name);

	if (r >= 0)
		fputs(r ? "made" : "ready", stdout);
	return r;
}

/* 'ADDRESS/PREFIX' of the host in the network, and whether libvirt hands out addresses; nothing where it has none. */
static int network_show(const struct context *context, const char *name)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) char *xml = NULL;
	_cleanup_(freep) char *address = NULL;
	_cleanup_(freep) char *netmask = NULL;
	_cleanup_(freep) char *prefix = NULL;
	_cleanup_(freep) char *dhcp = NULL;
	unsigned int length;
	bool active;
	int r = virt_open(context->connect, &conn);

	if (r == 0)
		r = virt_network_get(conn, name, &xml, &active);
	if (r < 0)
		return r;
	if (r == 0)
		return log_error_errno(
			-ENOENT,
			"There is no libvirt network '%s'; 'virt-sandbox-service setup' makes the network "
			"'" NETWORK "', and 'virsh net-list --all' shows those there are.",
			name);
	address = xml_value(xml, "/network/ip[not(@family) or @family='ipv4'][1]/@address");
	netmask = xml_value(xml, "/network/ip[not(@family) or @family='ipv4'][1]/@netmask");
	prefix = xml_value(xml, "/network/ip[not(@family) or @family='ipv4'][1]/@prefix");
	dhcp = xml_value(xml, "string(boolean(/network/ip/dhcp))");
	if (address && netmask && prefix && *address && ipv4_parse_prefix(netmask, prefix, &length) == 0)
		printf("%s/%u%s", address, length, dhcp && strcmp(dhcp, "true") == 0 ? " " NETWORK_HAS_DHCP : "");
	return 0;
}

static int libvirt_version(const struct context *context, const char *name)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	unsigned long version;
	int r = virt_open(context->connect, &conn);

	(void)name;
	if (r == 0)
		r = virt_version(conn, &version);
	if (r == 0)
		printf("%lu.%lu.%lu", version / 1000000, version / 1000 % 1000, version % 1000);
	return r;
}

static int network_remove(const struct context *context, const char *name)
{
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	int r = virt_open(context->connect, &conn);

	return r < 0 ? r : virt_network_remove(conn, name);
}

static int run(const struct context *context, int argc, char **argv)
{
	static const struct {
		const struct verb *verb;
		int (*action)(const struct context *, const char *);
	} verbs[] = {
		{ &cmd_network_show, network_show },
		{ &cmd_network_make, network_make },
		{ &cmd_network_remove, network_remove },
		{ &cmd_libvirt_version, libvirt_version },
	};

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].verb->name, argv[0]) != 0)
			continue;
		if (argc != 2)
			return verb_usage(verbs[i].verb, "needs the name of a network");
		return verbs[i].action(context, argv[1]) < 0;
	}
	return 2;
}

const struct verb cmd_network_show = {
	.name = "network-show",
	.synopsis = "NETWORK",
	.help = "Print the host's address in a network",
	.run = run,
	.internal = true,
};

const struct verb cmd_network_make = {
	.name = "network-make",
	.synopsis = "NETWORK",
	.help = "Make or start a network",
	.run = run,
	.internal = true,
};

const struct verb cmd_network_remove = {
	.name = "network-remove",
	.synopsis = "NETWORK",
	.help = "Remove a network",
	.run = run,
	.internal = true,
};

const struct verb cmd_libvirt_version = {
	.name = "libvirt-version",
	.synopsis = "libvirt",
	.help = "Print the version of libvirt",
	.run = run,
	.internal = true,
};
