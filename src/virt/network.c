/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network that setup makes for containers, and what create has to know of any libvirt network. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/interface.h"
#include "base/ipv4.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/lock.h"
#include "container/paths.h"
#include "container/virt-client.h"
#include "virt/domain-xml.h"
#include "virt/libvirt-network.h"
#include "virt/libvirt.h"
#include "virt/network-rules.h"
#include "virt/network.h"
#include "virt/verbs.h"

#define SETUP_ADVICE "'virt-sandbox-service setup' puts them back"
#define LOCK_NAME ".networks"	      /* no container has such a name */
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

/* libvirt's own dnsmasq answers the containers' name queries. Not mode 'nat': network-walls.c translates addresses, and
 * libvirt's rules for that mode would refuse what comes by a published port. 'name' has no letter that XML minds. */
static char *network_xml(const char *name, const struct ipv4_range *range)
{
	_cleanup_(freep) char *gateway = ipv4_format(range->address);

	return xasprintf("<network>\n"
			 "  <name>%s</name>\n"
			 "  <forward mode='route'/>\n"
			 "  <bridge name='" NETWORK_BRIDGE "' stp='off' delay='0'/>\n"
			 "  <ip address='%s' prefix='%u'/>\n"
			 "</network>\n",
			 name, gateway, range->prefix);
}

/* What is the matter with a network. */
enum condition { READY, INACTIVE, NO_BRIDGE, NO_RULES, ABSENT };
static const char *const condition_names[] = {
	[READY] = NETWORK_READY,       [INACTIVE] = NETWORK_INACTIVE, [NO_BRIDGE] = NETWORK_NO_BRIDGE,
	[NO_RULES] = NETWORK_NO_RULES, [ABSENT] = NETWORK_ABSENT,
};

/* libvirt itself does not notice when its bridge or its rules are removed. Returns a condition, or -errno. */
static int examine(const struct context *context, struct _virConnect *conn, const char *name)
{
	_cleanup_(freep) char *xml = NULL, *bridge = NULL, *mode = NULL;
	bool active;
	int r = libvirt_network_get(conn, name, &xml, &active);

	if (r <= 0)
		return r < 0 ? r : ABSENT;
	if (!active)
		return INACTIVE;
	bridge = xml_value(xml, "string(/network/bridge/@name)");
	mode = xml_value(xml, "string(/network/forward/@mode)");
	/* libvirt makes the bridge except in this mode, where it is the administrator's, who may not have made it yet
	 * (https://libvirt.org/formatnetwork.html). */
	if (bridge && *bridge && !(mode && strcmp(mode, "bridge") == 0) && if_nametoindex(bridge) == 0)
		return NO_BRIDGE;
	if (!bridge || !mode || (strcmp(mode, "nat") != 0 && strcmp(mode, "route") != 0))
		return READY;
	r = network_rules_stand(context, bridge, strcmp(mode, "nat") == 0);
	if (r < 0)
		log_info("Cannot see the rules of network '%s': %s.", name, strerror(-r));
	return r == 0 ? NO_RULES : READY;
}

/* Containers that start at the same time would otherwise take each other's new bridge away. */
static int restore_bridge(const struct context *context, struct _virConnect *conn, const char *name)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = lock_container(context->root_fd, LOCK_NAME, &lock);

	if (r == 0)
		r = examine(context, conn, name);
	if (r != NO_BRIDGE)
		return r < 0 ? r : 0;
	log_warn("The bridge of network '%s' was gone; it is made anew. Restart the containers that were in it.", name);
	return libvirt_network_restart(conn, name);
}

/* Like network_prepare(), but returns -ENETDOWN, without a message, if libvirt cannot add its rules. */
static int prepare(const struct context *context, struct _virConnect *conn, const char *name, int condition)
{
	int r;

	if (condition != INACTIVE && condition != NO_BRIDGE && condition != ABSENT)
		return condition < 0 ? condition : 0;
	r = condition == NO_BRIDGE ? restore_bridge(context, conn, name) : libvirt_network_start(conn, name);
	return r < 0 ? r : 1;
}

int network_prepare(const struct context *context, struct _virConnect *conn, const char *name)
{
	int condition = examine(context, conn, name);
	int r = prepare(context, conn, name, condition);

	if (r == -ENETDOWN)
		return log_error_errno(r,
				       "libvirt cannot start network '%s', because its chains in the host's firewall "
				       "are gone; " SETUP_ADVICE ".",
				       name);
	if (condition == NO_RULES)
		log_warn("The rules of network '%s' in the host's firewall are gone, so containers may reach nothing "
			 "outside of it; " SETUP_ADVICE ".",
			 name);
	return r;
}

/* 1, or -errno as libvirt_network_create(). */
static int create(const struct context *context, struct _virConnect *conn, const char *name)
{
	_cleanup_(freep) struct ipv4_range *routes = NULL;
	_cleanup_(freep) char *xml = NULL;
	struct ipv4_range range;
	size_t n_routes;
	int r;

	routes = read_routes(context, &n_routes);
	if (ipv4_pick_network(routes, n_routes, &range) < 0)
		return log_error_errno(
			-ENOSPC,
			"The host's routes leave no private /16 network free for '%s'; define a libvirt network "
			"of that name yourself.",
			name);
	xml = network_xml(name, &range);
	r = libvirt_network_create(conn, name, xml);
	return r < 0 ? r : 1;
}

int verb_network_make(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(context->connect, &conn), condition;

	if (r < 0)
		return r;
	condition = examine(context, conn, name);
	r = condition == ABSENT ? create(context, conn, name) : prepare(context, conn, name, condition);
	if (r == -ENETDOWN || (r == 0 && condition == NO_RULES))
		fputs(NETWORK_NO_RULES, stdout);
	else if (r >= 0)
		fputs(r ? "made" : NETWORK_READY, stdout);
	return r == -ENETDOWN ? 0 : r;
}

int verb_network_check(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(context->connect, &conn);

	if (r == 0)
		r = examine(context, conn, name);
	if (r >= 0)
		fputs(condition_names[r], stdout);
	return r;
}

int verb_network_show(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) char *xml = NULL;
	_cleanup_(freep) char *address = NULL;
	_cleanup_(freep) char *netmask = NULL;
	_cleanup_(freep) char *prefix = NULL;
	_cleanup_(freep) char *dhcp = NULL;
	unsigned int length;
	bool active;
	int r = libvirt_open(context->connect, &conn);

	if (r == 0)
		r = libvirt_network_get(conn, name, &xml, &active);
	if (r < 0)
		return r;
	if (r == 0)
		return log_error_errno(
			-ENOENT,
			"There is no libvirt network '%s'; 'virt-sandbox-service setup' creates the network '" NETWORK
			"', and 'virsh net-list --all' shows the existing ones.",
			name);
	address = xml_value(xml, "/network/ip[not(@family) or @family='ipv4'][1]/@address");
	netmask = xml_value(xml, "/network/ip[not(@family) or @family='ipv4'][1]/@netmask");
	prefix = xml_value(xml, "/network/ip[not(@family) or @family='ipv4'][1]/@prefix");
	dhcp = xml_value(xml, "string(boolean(/network/ip/dhcp))");
	if (address && netmask && prefix && *address && ipv4_parse_prefix(netmask, prefix, &length) == 0)
		printf("%s/%u%s", address, length, dhcp && strcmp(dhcp, "true") == 0 ? " " NETWORK_HAS_DHCP : "");
	return 0;
}

int verb_network_remove(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(context->connect, &conn);

	return r < 0 ? r : libvirt_network_remove(conn, name);
}
