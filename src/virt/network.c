/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network that setup makes for containers, and what create has to know of any libvirt network. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/interface.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/log.h"
#include "base/netlink.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "container/lock.h"
#include "container/paths.h"
#include "container/virt-client.h"
#include "virt/domain-xml.h"
#include "virt/libvirt-network.h"
#include "virt/libvirt.h"
#include "virt/network-layout.h"
#include "virt/network-members.h"
#include "virt/network-names.h"
#include "virt/network-rules.h"
#include "virt/network-walls.h"
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
	if (strcmp(name, NETWORK) != 0) {
		log_warn(
			"The bridge of network '%s' was gone; it is made anew. Restart the containers that were in it.",
			name);
		return libvirt_network_restart(conn, name);
	}
	log_warn("The bridge of network '%s' was gone; it is made anew, with the running containers.", name);
	r = libvirt_network_restart(conn, name);
	return r < 0 ? r : walls_rejoin(context);
}

/* Like prepare_network(), but returns -ENETDOWN, without a message, if libvirt cannot add its rules. */
static int prepare(const struct context *context, struct _virConnect *conn, const char *name, int condition)
{
	int r;

	if (condition != INACTIVE && condition != NO_BRIDGE && condition != ABSENT)
		return condition < 0 ? condition : 0;
	r = condition == NO_BRIDGE ? restore_bridge(context, conn, name) : libvirt_network_start(conn, name);
	return r < 0 ? r : 1;
}

/* Whether the kernel does not use the host's IPv6 address on our bridge yet: proc(5) has the flags in
 * /proc/net/if_inet6, 'ADDRESS INDEX PREFIX SCOPE FLAGS INTERFACE'. */
static bool is_tentative(const struct context *context, const struct in6_addr *address)
{
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(context->root_fd, "/proc/net/if_inet6", WALK_ROOT, ROUTES_MAX, &text, NULL) < 0)
		return false;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct in6_addr own = { 0 };
		char interface[32] = "";
		unsigned int flags;

		for (size_t i = 0; i < sizeof(own); i++)
			if (sscanf(line + 2 * i, "%2hhx", &own.s6_addr[i]) != 1)
				return false;
		if (ipv6_same(&own, address) && sscanf(line, "%*s %*x %*x %*x %x %31s", &flags, interface) == 2 &&
		    strcmp(interface, NETWORK_BRIDGE) == 0)
			return flags & IFA_F_TENTATIVE;
	}
	return false;
}

/* The host need not look whether somebody else has its IPv6 address on our bridge, where nobody can. libvirt has it do
 * so when the first container is there, for a second or two, and until then clients on the host would connect to
 * containers from a wrong address, and wait for minutes. */
static void settle_ipv6(const struct context *context)
{
	struct ipv6_range range;
	int r;

	if (interface_range6(NETWORK_BRIDGE, &range) < 0 || !is_tentative(context, &range.address))
		return;
	r = netlink_renew_ipv6(NETWORK_BRIDGE, &range);
	if (r < 0)
		log_info("Cannot give '" NETWORK_BRIDGE "' its IPv6 address anew: %s.", strerror(-r));
}

/* Makes the network ready for a container: starts it unless it is active, and makes its bridge anew if somebody has
 * removed it. Warns if its rules in the host's firewall are gone. 1 if it did something, 0 if not, or -errno after a
 * message. */
static int prepare_network(const struct context *context, struct _virConnect *conn, const char *name)
{
	int condition = examine(context, conn, name);
	int r = prepare(context, conn, name, condition);

	if (r >= 0 && strcmp(name, NETWORK) == 0)
		settle_ipv6(context);
	if (r > 0)
		names_restore(context, conn);
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
	struct network_layout layout = { 0 };
	size_t n_routes;
	int r;

	routes = read_routes(context, &n_routes);
	if (ipv4_pick_network(routes, n_routes, &layout.range) < 0)
		return log_error_errno(
			-ENOSPC,
			"The host's routes leave no private /16 network free for '%s'; define a libvirt network "
			"of that name yourself.",
			name);
	xml = network_layout_xml(name, NULL, &layout);
	r = libvirt_network_create(conn, name, xml);
	return r < 0 ? r : 1;
}

/* The network is always defined, in the old way or in the new one, which the same command completes. Puts it back as it
 * was if it cannot be made anew. Errors as libvirt_network_create(). */
static int replace(struct _virConnect *conn, const char *old, const struct network_layout *layout)
{
	_cleanup_(freep) char *uuid = old ? xml_value(old, "string(/network/uuid)") : NULL;
	_cleanup_(freep) char *xml = network_layout_xml(NETWORK, uuid, layout);
	int r = old ? libvirt_network_replace(conn, NETWORK, xml) : libvirt_network_create(conn, NETWORK, xml);

	if (r < 0 && old && libvirt_network_replace(conn, NETWORK, old) < 0)
		log_error("Network '" NETWORK "' does not run; 'virt-sandbox-service setup' starts it.");
	return r;
}

/* Who is on our network and runs, as "container 'NAME'" or "sandbox 'NAME'", or NULL. Caller frees. */
static char *find_running(const struct context *context)
{
	_cleanup_(members_done) struct members members = { 0 };

	(void)members_read(context, &members);
	for (size_t i = 0; i < members.n; i++) {
		const struct member *m = &members.v[i];

		if (m->runs && nets_have_ours(&m->record.nets))
			return xasprintf("%s '%s'", m->sandbox ? "sandbox" : "container", m->record.name);
	}
	return NULL;
}

/* Makes the network anew, with the same addresses, if an earlier version has made it. 1 if it did, 0, or an error
 * as libvirt_network_create(). */
static int renew(const struct context *context, struct _virConnect *conn)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(freep) char *xml = NULL, *running = NULL;
	struct network_layout layout;
	bool active;
	int r = lock_container(context->root_fd, LOCK_NAME, &lock);

	if (r == 0)
		r = libvirt_network_get(conn, NETWORK, &xml, &active);
	if (r <= 0 || !network_layout_is_outdated(xml) || !network_layout_read(xml, &layout))
		return r < 0 ? r : 0;
	running = find_running(context);
	if (running) {
		log_warn("Network '" NETWORK "' was made by an earlier version, and stays so, because %s "
			 "runs; run setup again when no container on it runs.",
			 running);
		return 0;
	}
	log_info("Network '" NETWORK "' was made by an earlier version; it is made anew, with the same addresses.");
	r = replace(conn, xml, &layout);
	return r < 0 ? r : 1;
}

int verb_network_make(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(context->connect, &conn), condition, joined, renewed;

	if (r < 0)
		return r;
	renewed = strcmp(name, NETWORK) == 0 ? renew(context, conn) : 0;
	condition = renewed < 0 ? renewed : examine(context, conn, name);
	r = condition == ABSENT ? create(context, conn, name) : prepare(context, conn, name, condition);
	if (r >= 0)
		settle_ipv6(context);
	joined = r < 0 ? 0 : walls_rejoin(context);
	if (joined != 0)
		r = joined < 0 ? joined : 1;
	r = r == 0 ? renewed : r;
	if (r >= 0) {
		names_restore(context, conn);
		names_show_host();
	}
	if (r == -ENETDOWN || (r == 0 && condition == NO_RULES))
		fputs(NETWORK_NO_RULES, stdout);
	else if (r >= 0)
		fputs(r ? "made" : NETWORK_READY, stdout);
	return r == -ENETDOWN ? 0 : r;
}

static bool is_outdated(struct _virConnect *conn, const char *name)
{
	_cleanup_(freep) char *xml = NULL;
	bool active;

	return libvirt_network_get(conn, name, &xml, &active) > 0 && network_layout_is_outdated(xml);
}

int verb_network_check(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(context->connect, &conn);

	if (r == 0)
		r = examine(context, conn, name);
	if (r >= 0)
		fputs(r == READY && is_outdated(conn, name) ? NETWORK_OUTDATED : condition_names[r], stdout);
	return r;
}

/* Whether the container's IPv6 address, if it has one, is in the network, too. */
static bool fits6(const struct network_layout *layout, const struct net *net)
{
	return !net->address6.prefix ||
	       (layout->range6.prefix && ipv6_same_network(&layout->range6.address, &net->address6.address));
}

static int refuse_ipv6(const char *name, const struct net *net, const struct network_layout *layout)
{
	_cleanup_(freep) char *address = ipv6_format(&net->address6.address);
	_cleanup_(freep) char *host = ipv6_format_range(&layout->range6);

	return log_error_errno(-EADDRNOTAVAIL,
			       "Container '%s' has the address '%s', which is not in network '" NETWORK
			       "', where the host has %s%s%s; "
			       "'virt-sandbox-service set %s --network=" NETWORK ",address6=none' takes it away.",
			       name, address, layout->range6.prefix ? "'" : "no IPv6 address",
			       layout->range6.prefix ? host : "", layout->range6.prefix ? "'" : "", name);
}

/* Checks that the address of container 'name' on 'net' is in that network as it is now. 0, or -errno after a
 * message. */
static int check_address(struct _virConnect *conn, const char *name, const struct net *net)
{
	_cleanup_(freep) char *xml = NULL, *address = NULL, *host = NULL;
	struct network_layout layout;
	bool active;
	int r = net->address.address ? libvirt_network_get(conn, net->source, &xml, &active) : 0;

	if (r <= 0 || !network_layout_read(xml, &layout))
		return r < 0 ? r : 0;
	if (ipv4_fits(&layout.range, &net->address))
		return fits6(&layout, net) ? 0 : refuse_ipv6(name, net, &layout);
	address = ipv4_format_range(&net->address);
	host = ipv4_format_range(&layout.range);
	return log_error_errno(
		-EADDRNOTAVAIL,
		"Container '%s' has the address '%s', which is not in libvirt network '%s', where the host "
		"has '%s'; 'virt-sandbox-service set %s --network=%s,address=ADDRESS' gives it another one.",
		name, address, net->source, host, name, net->source);
}

int networks_start(const struct context *context, struct _virConnect *conn, const struct record *record)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];

		if (net->kind->libvirt)
			r = prepare_network(context, conn, net->source);
		if (r >= 0 && net->kind->libvirt)
			r = check_address(conn, record->name, net);
	}
	return r < 0 ? r : 0;
}

int networks_remove_interfaces(const struct record *record)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->nets.n; i++) {
		_cleanup_(freep) char *interface = host_interface_name(record->name, i);

		r = netlink_remove(interface);
		if (r < 0)
			log_error_errno(r, "Cannot remove network interface '%s' of '%s': %m", interface, record->name);
	}
	return r;
}

int verb_network_show(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) char *xml = NULL;
	_cleanup_(freep) char *dhcp = NULL, *text = NULL, *text6 = NULL;
	struct network_layout layout;
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
	if (!network_layout_read(xml, &layout))
		return 0;
	text = ipv4_format_range(&layout.range);
	dhcp = xml_value(xml, "string(boolean(/network/ip/dhcp))");
	text6 = ipv6_format_range(&layout.range6);
	printf("%s%s%s%s", text, layout.range6.prefix ? " " : "", layout.range6.prefix ? text6 : "",
	       dhcp && strcmp(dhcp, "true") == 0 ? " " NETWORK_HAS_DHCP : "");
	return 0;
}

/* Whether a member keeps the network from being made anew with 'layout': it has another address there, or runs. */
static int check_member(const struct member *member, const struct network_layout *layout)
{
	for (size_t i = 0; i < member->record.nets.n; i++) {
		const struct net *net = &member->record.nets.v[i];
		_cleanup_(freep) char *address = ipv4_format_range(&net->address);
		_cleanup_(freep) char *address6 = ipv6_format(&net->address6.address);

		if (!net_is_ours(net))
			continue;
		if (member->sandbox)
			return log_error_errno(
				-EBUSY, "Sandbox '%s' is on network '" NETWORK "'; end it before that is made anew.",
				member->record.name);
		if (!fits6(layout, net))
			return log_error_errno(-EBUSY,
					       "Container '%s' has the IPv6 address '%s'; 'virt-sandbox-service set %s "
					       "--network=" NETWORK ",address6=none' takes it away.",
					       member->record.name, address6, member->record.name);
		if (net->address.address && !ipv4_fits(&layout->range, &net->address))
			return log_error_errno(-EBUSY,
					       "Container '%s' has the address '%s' of network '" NETWORK
					       "'; delete it, "
					       "or give it another network, before the network gets other addresses.",
					       member->record.name, address);
		if (member->runs)
			return log_error_errno(
				-EBUSY, "Container '%s' runs; stop it before network '" NETWORK "' is made anew.",
				member->record.name);
	}
	return 0;
}

static int check_members(const struct context *context, const struct network_layout *layout)
{
	_cleanup_(members_done) struct members members = { 0 };
	int r = members_read(context, &members), first = members.broken;

	for (size_t i = 0; i < members.n; i++) {
		int e = check_member(&members.v[i], layout);

		first = first ? first : e;
	}
	return r < 0 ? r : first;
}

/* The routes of the network itself do not count. */
static int check_routes(const struct context *context, const struct ipv4_range *range, const struct ipv4_range *now)
{
	_cleanup_(freep) struct ipv4_range *routes = NULL;
	size_t n;

	routes = read_routes(context, &n);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *route = ipv4_format_range(&routes[i]);

		if (routes[i].prefix > 0 && ipv4_overlap(&routes[i], range) &&
		    !(now && ipv4_overlap(&routes[i], now) && routes[i].prefix == now->prefix))
			return log_error_errno(-EADDRINUSE, "The host has a route to '%s', which overlaps.", route);
	}
	return 0;
}

/* proc(5) does not have it: /proc/net/ipv6_route begins each line with the destination and its prefix length,
 * hexadecimal, and ends it with the interface. Default routes and those of the network itself do not count. */
static int check_routes6(const struct context *context, const struct ipv6_range *range)
{
	_cleanup_(freep) char *text = NULL;

	if (rootfd_read(context->root_fd, "/proc/net/ipv6_route", WALK_ROOT, ROUTES_MAX, &text, NULL) < 0)
		return log_error_errno(-EAFNOSUPPORT, "The host's kernel has no IPv6, or it is switched off.");
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		_cleanup_(freep) char *shown = NULL;
		struct ipv6_range route = { 0 };
		const char *interface = strrchr(line, ' ');
		bool valid = strlen(line) > 35 && sscanf(line + 33, "%2x", &route.prefix) == 1;

		for (size_t i = 0; valid && i < sizeof(route.address); i++)
			valid = sscanf(line + 2 * i, "%2hhx", &route.address.s6_addr[i]) == 1;
		if (!valid || route.prefix == 0 || !interface || strcmp(interface + 1, NETWORK_BRIDGE) == 0 ||
		    !ipv6_overlap(&route, range))
			continue;
		shown = ipv6_format_range(&route);
		return log_error_errno(-EADDRINUSE, "The host has a route to '%s', which overlaps.", shown);
	}
	return 0;
}

/* A unique local prefix (RFC 4193): 40 random bits, and the first network of it. */
static int choose_range6(struct ipv6_range *ret)
{
	struct ipv6_range range = { .address.s6_addr = { 0xfd }, .prefix = IPV6_PREFIX };

	if (random_bytes(range.address.s6_addr + 1, 5) < 0)
		return log_error_errno(-EIO, "Cannot get random bytes from the kernel.");
	range.address = ipv6_router(&range.address);
	*ret = range;
	return 0;
}

/* What 'text', which is "" for no change, makes of the IPv6 addresses that the network has. */
static int plan_range6(const char *text, struct ipv6_range *range)
{
	if (!*text)
		return 0;
	if (strcmp(text, NETWORK_IPV6_AUTO) == 0)
		return range->prefix ? 0 : choose_range6(range);
	*range = (struct ipv6_range){ 0 };
	return strcmp(text, NETWORK_IPV6_NONE) == 0 ? 0 : ipv6_parse_range(text, range);
}

static int move(const struct context *context, struct _virConnect *conn, const char *ipv4, const char *ipv6)
{
	_cleanup_(freep) char *xml = NULL;
	struct network_layout layout = { 0 }, now = { 0 };
	bool active, known;
	int r = libvirt_network_get(conn, NETWORK, &xml, &active);

	if (r < 0)
		return r;
	known = r > 0 && network_layout_read(xml, &now);
	if (!known && !*ipv4)
		return log_error_errno(-ENOENT, "Network '" NETWORK "' has no IPv4 address; give it --subnet, too.");
	layout = now;
	r = *ipv4 ? ipv4_parse_range(ipv4, &layout.range) : 0;
	if (r == 0)
		r = plan_range6(ipv6, &layout.range6);
	if (r < 0 || (known && network_layout_same(&now, &layout) && network_layout_is_current(xml)))
		return r;
	r = check_members(context, &layout);
	if (r == 0)
		r = check_routes(context, &layout.range, known ? &now.range : NULL);
	if (r == 0 && layout.range6.prefix)
		r = check_routes6(context, &layout.range6);
	if (r == 0)
		r = replace(conn, xml, &layout);
	if (r == -ENETDOWN)
		log_error("libvirt cannot start network '" NETWORK
			  "', because its chains in the host's firewall are gone; " SETUP_ADVICE ".");
	if (r == 0)
		fputs("made", stdout);
	return r;
}

int verb_network_move(const struct context *context, const char *text)
{
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(freep) char *ipv4 = xstrndup(text, strcspn(text, " "));
	int r = text[strlen(ipv4)] ? lock_container(context->root_fd, LOCK_NAME, &lock) : -EINVAL;

	if (r == 0)
		r = libvirt_open(context->connect, &conn);
	return r < 0 ? r : move(context, conn, ipv4, text + strlen(ipv4) + 1);
}

int verb_network_remove(const struct context *context, const char *name)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = libvirt_open(context->connect, &conn);

	return r < 0 ? r : libvirt_network_remove(conn, name);
}
