/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See choose-net.h. */
#include "create/allocate-net.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "base/interface.h"
#include "base/ipv4.h"
#include "base/log.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/reservation.h"
#include "container/virt-client.h"

#define RESOLV_MAX (64 * 1024) /* bytes */

/* What is known of the network that an interface is in. */
struct place {
	struct ipv4_range range;
	bool known; /* the host has an address in it */
	bool dhcp;  /* libvirt hands out addresses */
};

/* The host's address and netmask in the network. Our own network's are the kernel's to tell, without loading
 * libvirt. */
static int read_network(const struct choose_request *rq, const struct record_net *net, struct place *ret)
{
	_cleanup_(freep) char *text = NULL;
	char *dhcp;
	int r;

	if (strcmp(net->network, NETWORK) == 0 && !net->dhcp && interface_range(NETWORK_BRIDGE, &ret->range) == 0) {
		ret->known = true;
		return 0;
	}
	r = virt_client_run(rq->connect, "network-show", net->network, &text);
	if (r < 0)
		return r;
	dhcp = strchr(text, ' ');
	ret->dhcp = dhcp != NULL;
	text[strcspn(text, " ")] = '\0';
	ret->known = ipv4_parse_range(text, &ret->range) == 0;
	return 0;
}

/* Nothing but the name: an interface of the host may come and go. */
static int check_interface(const struct record_net *net)
{
	const char *name = *net->bridge ? net->bridge : net->device;
	_cleanup_(freep) char *bridge = xasprintf("/sys/class/net/%s/bridge", name);
	_cleanup_(closep) int fd = -1;

	if (if_nametoindex(name) == 0)
		return log_error_errno(-ENODEV, "The host has no network interface '%s'; 'ip link' shows those it has.",
				       name);
	if (!*net->bridge)
		return 0;
	fd = rootfd_open(bridge);
	return fd < 0 ? log_error_errno(-ENODEV,
					"Network interface '%s' is no bridge; for an ordinary one use macvlan=.", name)
		      : 0;
}

static int pick_address(const struct choose_request *rq, const struct place *place, uint64_t seed,
			const struct choice *c, const char *network, uint32_t *ret)
{
	_cleanup_(strv_done) struct strv taken = { 0 };
	_cleanup_(freep) uint32_t *used = NULL;
	size_t n = 0;
	int r = reservation_list(rq->root_fd, RESERVE_ADDRESSES, &taken);

	if (r < 0)
		return r;
	for (size_t i = 0; i < c->n_nets; i++)
		if (*c->nets[i].address)
			strv_addn(&taken, c->nets[i].address, strcspn(c->nets[i].address, "/"));
	for (size_t i = 0; i < taken.n; i++) {
		grow(used, n);
		n += ipv4_parse(taken.v[i], &used[n]) == 0;
	}
	r = ipv4_pick(&place->range, used, n, seed, ret);
	return r < 0 ? log_error_errno(r, "All addresses of libvirt network '%s' are in use.", network) : 0;
}

static int check_unused(const struct choose_request *rq, const char *kind, const char *value, const char *what)
{
	_cleanup_(freep) char *owner = NULL;

	if (reservation_owner(rq->root_fd, kind, value, &owner) < 0)
		return 0;
	return log_error_errno(-EEXIST, "%s '%s' belongs to container '%s'; choose another, or leave it to the tool.",
			       what, value, owner);
}

/* An address that was asked for, with or without a prefix. */
static int check_address(const struct choose_request *rq, const struct place *place, const struct choice *c,
			 const struct record_net *net, struct ipv4_range *ret)
{
	_cleanup_(freep) char *source = record_net_source(net);
	_cleanup_(freep) char *text = xstrndup(net->address, strcspn(net->address, "/"));
	struct ipv4_range own = place->range;

	if (net->address[strlen(text)] == '/' && ipv4_parse_range(net->address, &own) < 0)
		return -EINVAL; /* its form was checked before */
	if (!place->known && net->address[strlen(text)] == '\0')
		return log_error_errno(-EINVAL,
				       "Address '%s' needs a prefix, as in '%s/24': nothing tells how large %s is.",
				       text, text, source);
	if (ipv4_parse(text, &ret->address) < 0)
		return -EINVAL;
	ret->prefix = own.prefix;
	if (place->known && (own.prefix != place->range.prefix || !ipv4_usable(&place->range, ret->address))) {
		_cleanup_(freep) char *host = ipv4_format(place->range.address);

		return log_error_errno(-EADDRNOTAVAIL, "Address '%s' is not one for %s, where the host has '%s/%u'.",
				       net->address, source, host, place->range.prefix);
	}
	if (!ipv4_usable(ret, ret->address))
		return log_error_errno(-EADDRNOTAVAIL,
				       "Address '%s' is that of the network itself, or its broadcast address.",
				       net->address);
	if (interface_check_foreign(ret->address) < 0)
		return log_error_errno(-EADDRINUSE, "Address '%s' is the host's own; choose another.", text);
	for (size_t i = 0; i + 1 < c->n_nets; i++) /* the last is this one */
		if (skip_prefix(c->nets[i].address, text) && c->nets[i].address[strlen(text)] == '/')
			return log_error_errno(-EADDRINUSE, "Address '%s' was given twice.", text);
	return check_unused(rq, RESERVE_ADDRESSES, text, "Address");
}

/* The kernel takes a route only by a gateway that it can reach. */
static int check_routes(const struct record_net *net, const struct ipv4_range *own)
{
	for (size_t i = 0; i < net->routes.n; i++) {
		const char *gateway = strchr(net->routes.v[i], '%') + 1;
		uint32_t address;

		if (ipv4_parse(gateway, &address) < 0 || !ipv4_usable(own, address) || address == own->address)
			return log_error_errno(-EADDRNOTAVAIL,
					       "Route '%s' goes by '%s', which is no neighbour of '%s'.",
					       net->routes.v[i], gateway, net->address);
	}
	return 0;
}

static int choose_mac(const struct choose_request *rq, struct choice *c, struct record_net *net, uint32_t address)
{
	if (*net->mac) {
		if (strv_has(&c->macs, net->mac))
			return log_error_errno(-EEXIST, "Hardware address '%s' was given twice.", net->mac);
		strv_add(&c->macs, net->mac);
		return check_unused(rq, RESERVE_MACS, net->mac, "Hardware address");
	}
	if (address == 0 && random_bytes(&address, sizeof(address)) < 0)
		return log_error_errno(-EIO, "The kernel gives no random bytes.");
	free(net->mac);
	net->mac = ipv4_mac(address);
	return 0;
}

/* One that was asked for, or that of an interface before. */
static bool has_default_route(const struct choose_request *rq, const struct choice *c)
{
	for (size_t i = 0; i < c->n_nets; i++)
		if (*c->nets[i].gateway)
			return true;
	for (size_t i = 0; i < rq->n_nets; i++)
		for (size_t k = 0; k < rq->nets[i].routes.n; k++)
			if (skip_prefix(rq->nets[i].routes.v[k], "0.0.0.0/0%"))
				return true;
	return false;
}

/* An address for 'net' in 'place', and by which gateway it reaches everything else. */
static int settle_address(const struct choose_request *rq, uint64_t seed, const struct place *place, struct choice *c,
			  struct record_net *net, uint32_t *ret)
{
	_cleanup_(freep) char *text = NULL;
	struct ipv4_range own = place->range;
	int r;

	if (!*net->address && !place->known)
		return log_error_errno(
			-EINVAL,
			"Libvirt network '%s' has no IPv4 address of the host to reserve addresses from; give "
			"dhcp or address=.",
			net->network);
	r = *net->address ? check_address(rq, place, c, net, &own)
			  : pick_address(rq, place, seed, c, net->network, &own.address);
	if (r < 0)
		return r;
	text = ipv4_format(own.address);
	free(net->address);
	net->address = xasprintf("%s/%u", text, own.prefix);
	*ret = own.address;
	return check_routes(net, &own);
}

static int choose_net(const struct choose_request *rq, uint64_t seed, struct choice *c, struct record_net *net)
{
	struct place place = { 0 };
	uint32_t address = 0;
	int r = *net->network ? read_network(rq, net, &place) : check_interface(net);

	if (r < 0)
		return r;
	if (net->dhcp && place.known && !place.dhcp)
		return log_error_errno(
			-EINVAL,
			"Libvirt network '%s' hands out no addresses by DHCP; leave 'dhcp' out, and the container "
			"gets an address that is reserved for it.",
			net->network);
	r = net->dhcp ? 0 : settle_address(rq, seed, &place, c, net, &address);
	if (r == 0)
		r = choose_mac(rq, c, net, address);
	if (r < 0 || !place.known)
		return r;
	if (!net->dhcp && !has_default_route(rq, c)) {
		free(net->gateway);
		net->gateway = ipv4_format(place.range.address);
	}
	strv_take(&c->name_servers, ipv4_format(place.range.address));
	return 0;
}

/* Those of the host's; where systemd-resolved stands between, those that it asks. */
static void read_name_servers(int root_fd, struct strv *ret)
{
	static const char *const paths[] = { "/run/systemd/resolve/resolv.conf", "/etc/resolv.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(paths) && ret->n == 0; i++) {
		_cleanup_(freep) char *text = NULL;

		if (rootfd_read(root_fd, paths[i], WALK_ROOT, RESOLV_MAX, &text, NULL) == 0)
			ipv4_parse_resolv(text, ret);
	}
}

int allocate_nets(const struct choose_request *request, uint64_t seed, struct choice *choice)
{
	for (size_t i = 0; i < request->n_nets; i++) {
		struct record_net *net;
		int r;

		/* In the choice as soon as it is a copy: what went before counts, and is freed. */
		grow(choice->nets, choice->n_nets);
		net = &choice->nets[choice->n_nets++];
		record_net_copy(&request->nets[i], net);
		r = choose_net(request, seed, choice, net);
		if (r < 0)
			return r;
	}
	if (choice->n_nets > 0 && choice->name_servers.n == 0)
		read_name_servers(request->root_fd, &choice->name_servers);
	return 0;
}
