/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An address, a gateway and a hardware address for each network of a new container. Reads what the network, the host
 * and other containers have. The address that is derived from the container's name is tried first. */
#include "create/allocate-net.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "base/interface.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/reservation.h"
#include "container/virt-client.h"

#define RESOLV_MAX (64 * 1024) /* bytes */

/* What is known about the network of an interface. */
struct place {
	struct ipv4_range range;
	struct ipv6_range range6; /* prefix 0: the network has no IPv6 */
	bool known;		  /* the host has an address in it */
	bool dhcp;		  /* libvirt hands out addresses */
};

/* Only as setup makes it: containers have the first address of the network as their router. */
static void read_ipv6(struct ipv6_range *ret)
{
	struct ipv6_range range;
	struct in6_addr router;

	if (interface_range6(NETWORK_BRIDGE, &range) < 0 || range.prefix != IPV6_PREFIX)
		return;
	router = ipv6_router(&range.address);
	if (ipv6_same(&range.address, &router))
		*ret = range;
}

/* Reads the host's address and netmask in the network. For our own network the kernel knows them, so libvirt is not
 * needed. */
static int read_network(const struct create_spec *spec, const struct net *net, struct place *ret)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(freep) char *text = NULL;
	int r;

	if (!spec->context->on_host) /* the libvirt that runs here is not that root's */
		return 0;
	if (net_is_ours(net) && !net->dhcp && interface_range(NETWORK_BRIDGE, &ret->range) == 0) {
		read_ipv6(&ret->range6);
		ret->known = true;
		return 0;
	}
	r = virt_client_run(spec->context->connect, "network-show", net->source, &text);
	if (r < 0)
		return r;
	strv_split(&words, text, " ");
	ret->dhcp = strv_has(&words, NETWORK_HAS_DHCP);
	ret->known = words.n > 0 && ipv4_parse_range(words.v[0], &ret->range) == 0;
	if (net_is_ours(net) && words.n > 1)
		(void)ipv6_parse_range(words.v[1], &ret->range6);
	return 0;
}

/* Checks only the name, because interfaces of the host may come and go. */
static int check_interface(const struct net *net)
{
	const char *name = net->source;
	_cleanup_(freep) char *bridge = xasprintf("/sys/class/net/%s/bridge", name);
	_cleanup_(closep) int fd = -1;

	if (if_nametoindex(name) == 0)
		return log_error_errno(-ENODEV, "The host has no network interface '%s'; 'ip link' shows those it has.",
				       name);
	if (!net->kind->bridge)
		return 0;
	fd = rootfd_open(bridge);
	return fd < 0 ? log_error_errno(-ENODEV,
					"Network interface '%s' is not a bridge; for other interfaces, use macvlan=.",
					name)
		      : 0;
}

static int pick_address(const struct create_spec *spec, const struct place *place, uint64_t seed,
			const struct choice *c, const char *network, uint32_t *ret)
{
	_cleanup_(strv_done) struct strv taken = { 0 };
	_cleanup_(freep) uint32_t *used = NULL;
	size_t n = 0;
	int r = reservation_list(spec->context->root_fd, RESERVE_ADDRESSES, &taken);

	if (r < 0)
		return r;
	for (size_t i = 0; i < taken.n; i++) {
		grow(used, n);
		n += ipv4_parse(taken.v[i], &used[n]) == 0;
	}
	for (size_t i = 0; i < c->nets.n; i++) {
		grow(used, n);
		used[n++] = c->nets.v[i].address.address;
	}
	r = ipv4_pick(&place->range, used, n, seed, ret);
	return r < 0 ? log_error_errno(r, "All addresses of libvirt network '%s' are in use.", network) : 0;
}

static int check_unused(const struct create_spec *spec, const char *address)
{
	_cleanup_(freep) char *holder = NULL;

	if (reservation_holder(spec->context->root_fd, RESERVE_ADDRESSES, address, spec->own ? spec->name : NULL,
			       &holder) < 0)
		return 0;
	return log_error_errno(-EEXIST, "Address '%s' belongs to %s; choose another, or let the program choose.",
			       address, holder);
}

/* Checks an address that was asked for, with or without a prefix. */
static int check_address(const struct create_spec *spec, const struct place *place, const struct choice *c,
			 const struct net *net, struct ipv4_range *ret)
{
	_cleanup_(freep) char *source = net_source(net);
	_cleanup_(freep) char *text = ipv4_format(net->address.address);
	_cleanup_(freep) char *asked = net->address.prefix ? ipv4_format_range(&net->address) : xstrdup(text);
	struct ipv4_range own = net->address;

	if (own.prefix == 0 && !place->known)
		return log_error_errno(
			-EINVAL,
			"Address '%s' needs a prefix length, as in '%s/24', because the host has no address in %s.",
			text, text, source);
	if (own.prefix == 0)
		own.prefix = place->range.prefix;
	if (place->known && !ipv4_fits(&place->range, &own)) {
		_cleanup_(freep) char *host = ipv4_format_range(&place->range);

		return log_error_errno(-EADDRNOTAVAIL, "Address '%s' does not fit %s, where the host has '%s'.", asked,
				       source, host);
	}
	if (!ipv4_usable(&own, own.address))
		return log_error_errno(-EADDRNOTAVAIL,
				       "Address '%s' is that of the network itself, or its broadcast address.", asked);
	if (interface_check_foreign(own.address) < 0)
		return log_error_errno(-EADDRINUSE, "Address '%s' is the host's own; choose another.", text);
	for (size_t i = 0; i + 1 < c->nets.n; i++) /* the last one is this network */
		if (c->nets.v[i].address.address == own.address)
			return log_error_errno(-EADDRINUSE, "Address '%s' was given twice.", text);
	*ret = own;
	return check_unused(spec, text);
}

/* Whether a previous network of the container has the IPv6 address. The last one is this network. */
static bool is_given6(const struct choice *c, const struct in6_addr *address)
{
	for (size_t i = 0; i + 1 < c->nets.n; i++)
		if (c->nets.v[i].address6.prefix && ipv6_same(&c->nets.v[i].address6.address, address))
			return true;
	return false;
}

/* Checks an IPv6 address that was asked for. */
static int check_address6(const struct create_spec *spec, const struct place *place, const struct choice *c,
			  const struct net *net)
{
	const struct in6_addr *own = &net->address6.address;
	const struct in6_addr network = ipv6_network(own), router = ipv6_router(own);
	_cleanup_(freep) char *text = ipv6_format(own);

	if (place->known && !place->range6.prefix)
		return log_error_errno(-EADDRNOTAVAIL,
				       "The network " NETWORK " has no IPv6, so a container cannot have the address "
				       "'%s'; 'virt-sandbox-service setup --subnet6=auto' gives it some.",
				       text);
	if (place->known && !ipv6_same_network(&place->range6.address, own)) {
		_cleanup_(freep) char *host = ipv6_format_range(&place->range6);

		return log_error_errno(-EADDRNOTAVAIL,
				       "Address '%s' does not fit network '" NETWORK "', where the host has '%s'.",
				       text, host);
	}
	if (ipv6_same(own, &network) || ipv6_same(own, &router))
		return log_error_errno(-EADDRNOTAVAIL, "Address '%s' is that of the network itself, or the host's.",
				       text);
	if (is_given6(c, own))
		return log_error_errno(-EADDRINUSE, "Address '%s' was given twice.", text);
	return check_unused(spec, text);
}

/* The address that follows from the IPv4 address. Another container may have been given it; then the next one. */
static int pick_address6(const struct create_spec *spec, const struct place *place, const struct choice *c,
			 struct net *net)
{
	for (uint32_t variant = 0; variant < UINT32_MAX; variant++) {
		const struct in6_addr address = ipv6_derive(&place->range6.address, net->address.address, variant);
		_cleanup_(freep) char *text = ipv6_format(&address), *owner = NULL;
		int r = reservation_owner(spec->context->root_fd, RESERVE_ADDRESSES, text, &owner);

		if (r < 0 && r != -ENOENT)
			return log_error_errno(r, "Cannot read who has the address '%s': %m", text);
		if ((r == 0 && !(spec->own && strcmp(owner, spec->name) == 0)) || is_given6(c, &address))
			continue;
		log_info("Address '%s': it follows from the IPv4 address.", text);
		net->address6 = (struct ipv6_range){ address, IPV6_PREFIX };
		return 0;
	}
	return -ENOSPC;
}

static int settle_address6(const struct create_spec *spec, const struct place *place, const struct choice *c,
			   struct net *net)
{
	if (net->address6.prefix && spec->no_ipv6)
		return log_error_errno(-EAFNOSUPPORT, "A sandbox cannot have an IPv6 address; leave out address6=.");
	if (net->address6.prefix)
		return check_address6(spec, place, c, net);
	return place->range6.prefix && !net->no_address6 && !spec->no_ipv6 ? pick_address6(spec, place, c, net) : 0;
}

/* The kernel accepts a route only if it can reach its gateway. */
static int check_routes(const struct net *net, const struct ipv4_range *own)
{
	for (size_t i = 0; i < net->n_routes; i++) {
		uint32_t by = net->routes[i].gateway;
		_cleanup_(freep) char *route = net_format_route(&net->routes[i]);
		_cleanup_(freep) char *gateway = ipv4_format(by), *address = ipv4_format_range(own);

		if (!ipv4_usable(own, by) || by == own->address)
			return log_error_errno(
				-EADDRNOTAVAIL,
				"Route '%s' has the gateway '%s', which is not in the same network as '%s'.", route,
				gateway, address);
	}
	return 0;
}

/* An address of another network that differs only in its first byte would have the same; then it is random. */
static int choose_mac(const struct create_spec *spec, uint32_t address, char **ret)
{
	for (;;) {
		_cleanup_(freep) char *mac = NULL, *holder = NULL;
		int r;

		if (address == 0 && random_bytes(&address, sizeof(address)) < 0)
			return log_error_errno(-EIO, "Cannot get random bytes from the kernel.");
		mac = ipv4_mac(address);
		r = reservation_mac_holder(spec->context->root_fd, mac, spec->own ? spec->name : NULL, &holder);
		if (r == -ENOENT) {
			free(*ret);
			*ret = steal_ptr(mac);
			return 0;
		}
		if (r < 0)
			return log_error_errno(r, "Cannot read who has the hardware address '%s': %m", mac);
		address = 0;
	}
}

/* One that could follow from the address, and does not, is reserved. */
static int allocate_mac(const struct create_spec *spec, struct choice *c, struct net *net)
{
	_cleanup_(freep) char *holder = NULL;
	int r;

	if (!*net->mac) {
		r = choose_mac(spec, net->address.address, &net->mac);
		if (r == 0 && net->address.address && !net_mac_is_derived(net))
			strv_add(&c->macs, net->mac);
		return r;
	}
	if (strv_has(&c->macs, net->mac))
		return log_error_errno(-EEXIST, "Hardware address '%s' was given twice.", net->mac);
	strv_add(&c->macs, net->mac);
	r = reservation_mac_holder(spec->context->root_fd, net->mac, spec->own ? spec->name : NULL, &holder);
	if (r < 0)
		return r == -ENOENT ? 0
				    : log_error_errno(r, "Cannot read who has the hardware address '%s': %m", net->mac);
	return log_error_errno(-EEXIST,
			       "Hardware address '%s' belongs to %s; choose another, or let the program choose.",
			       net->mac, holder);
}

/* Whether a default route was asked for, or a previous interface has one. */
static bool has_default_route(const struct create_spec *spec, const struct choice *c)
{
	for (size_t i = 0; i < c->nets.n; i++)
		if (c->nets.v[i].gateway)
			return true;
	for (size_t i = 0; i < spec->nets.n; i++)
		for (size_t k = 0; k < spec->nets.v[i].n_routes; k++)
			if (spec->nets.v[i].routes[k].destination.prefix == 0)
				return true;
	return false;
}

/* Sets the address of 'net' in 'place', and checks that its gateways can be reached from there. */
static int settle_address(const struct create_spec *spec, uint64_t seed, const struct place *place,
			  const struct choice *c, struct net *net)
{
	_cleanup_(freep) char *text = NULL;
	struct ipv4_range own = place->range;
	int r;

	if (!net->address.address && !place->known && !spec->context->on_host)
		return log_error_errno(-EINVAL,
				       "Libvirt network '%s' cannot be looked up with --root '%s'; add 'dhcp' or "
				       "'address=' to --network, or give '--network none'.",
				       net->source, spec->context->root);
	if (!net->address.address && !place->known)
		return log_error_errno(-EINVAL,
				       "The host has no IPv4 address in libvirt network '%s', so create cannot choose "
				       "one for the container; add 'dhcp' or 'address=' to --network.",
				       net->source);
	r = net->address.address ? check_address(spec, place, c, net, &own)
				 : pick_address(spec, place, seed, c, net->source, &own.address);
	if (r < 0)
		return r;
	text = ipv4_format(own.address);
	log_info("Address '%s': %s.", text,
		 net->address.address ? "it was asked for"
				      : "the first free one, searching from a place that depends on the name");
	net->address = own;
	return check_routes(net, &own);
}

static int allocate_net(const struct create_spec *spec, uint64_t seed, struct choice *c, struct net *net)
{
	struct place place = { 0 };
	int r = net->kind->libvirt ? read_network(spec, net, &place) : check_interface(net);

	if (r < 0)
		return r;
	if (net->dhcp && place.known && !place.dhcp)
		return log_error_errno(-EINVAL,
				       "Libvirt network '%s' hands out no addresses by DHCP; without 'dhcp', the "
				       "container gets an address reserved for it.",
				       net->source);
	r = net->dhcp ? 0 : settle_address(spec, seed, &place, c, net);
	if (r == 0)
		r = settle_address6(spec, &place, c, net);
	if (r == 0)
		r = allocate_mac(spec, c, net);
	if (r < 0 || !place.known)
		return r;
	if (!net->dhcp && !has_default_route(spec, c))
		net->gateway = place.range.address;
	strv_take(&c->name_servers, ipv4_format(place.range.address));
	return 0;
}

/* Reads the host's name servers; with systemd-resolved, those that it uses. */
static void read_name_servers(int root_fd, struct strv *ret)
{
	static const char *const paths[] = { "/run/systemd/resolve/resolv.conf", "/etc/resolv.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(paths) && ret->n == 0; i++) {
		_cleanup_(freep) char *text = NULL;

		if (rootfd_read(root_fd, paths[i], WALK_ROOT, RESOLV_MAX, &text, NULL) == 0)
			ipv4_parse_resolv(text, ret);
	}
}

int allocate_nets(const struct create_spec *spec, uint64_t seed, struct choice *choice)
{
	for (size_t i = 0; i < spec->nets.n; i++) {
		struct net net;
		int r;

		/* It is part of the choice at once, so that later networks see it, and it is freed. */
		net_copy(&spec->nets.v[i], &net);
		nets_take(&choice->nets, &net);
		r = allocate_net(spec, seed, choice, &choice->nets.v[i]);
		if (r < 0)
			return r;
	}
	if (choice->nets.n > 0 && choice->name_servers.n == 0)
		read_name_servers(spec->context->root_fd, &choice->name_servers);
	return 0;
}
