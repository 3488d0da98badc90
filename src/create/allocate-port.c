/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A port of the host can be published if no other container has it and nothing on the host listens on it now. */
#include "create/allocate-port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/port.h"
#include "container/reservation.h"
#include "create/port-unit.h"

/* Why a port cannot be had, and what to do about that; both texts are parts of a sentence. */
struct obstacle {
	char *problem, *advice;
};

static void obstacle_done(struct obstacle *o)
{
	free(o->problem);
	free(o->advice);
}

/* Looks for another container, running or not, that has reserved one of the ports. 1 if there is one. */
static int find_owner(const struct create_spec *spec, const struct port *port, struct obstacle *ret)
{
	_cleanup_(strv_done) struct strv taken = { 0 };
	int r = reservation_list(spec->context->root_fd, RESERVE_PORTS, &taken);

	for (size_t i = 0; r == 0 && i < taken.n; i++) {
		_cleanup_(freep) char *owner = NULL, *place = NULL;
		_cleanup_(port_done) struct port other = { 0 };

		if (port_parse_key(taken.v[i], &other) < 0 || !port_clashes(port, &other) ||
		    reservation_owner(spec->context->root_fd, RESERVE_PORTS, taken.v[i], &owner) < 0)
			continue;
		if (spec->own && strcmp(owner, spec->name) == 0)
			continue;
		place = port_place(&other);
		ret->problem = xasprintf("Port %s of the host belongs to container '%s'", place, owner);
		ret->advice = xstrdup("choose another");
		return 1;
	}
	return r;
}

/* Checks whether something uses a port now. Nobody can connect to this socket, because it does not listen. */
static int try_bind(const struct port *port, int family, unsigned int number)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address = { 0 };
	_cleanup_(closep) int fd = socket(family, (port->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	bool ipv6 = family == AF_INET6;

	if (fd < 0)
		return ipv6 && !*port->ip && errno == EAFNOSUPPORT ? 0 : -errno;
	address.any.sa_family = (sa_family_t)family;
	if (ipv6)
		address.in6.sin6_port = htons((uint16_t)number);
	else
		address.in.sin_port = htons((uint16_t)number);
	if (*port->ip &&
	    inet_pton(family, port->ip, ipv6 ? (void *)&address.in6.sin6_addr : (void *)&address.in.sin_addr) != 1)
		return -EINVAL;
	if (ipv6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
	if (!port->udp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)); /* as systemd does */
	return bind(fd, &address.any, ipv6 ? sizeof(address.in6) : sizeof(address.in)) < 0 ? -errno : 0;
}

/* Whether something uses the port now: 1 or 0, or -errno after a message. */
static int look_at_host(const struct port *port, unsigned int number, struct obstacle *ret)
{
	const char *kind = port->udp ? "u" : "t";
	int r = port_is_ipv4(port) ? try_bind(port, AF_INET, number) : 0;

	if (r == 0 && port_is_ipv6(port))
		r = try_bind(port, AF_INET6, number);
	if (r == -EADDRINUSE) {
		ret->problem = xasprintf("Port %u of the host is in use", number);
		ret->advice = xasprintf("'ss -ln%sp sport = :%u' shows what uses it", kind, number);
	} else if (r == -EADDRNOTAVAIL) {
		ret->problem = xasprintf("'%s' is not an address of this host", port->ip);
		ret->advice = xstrdup("'ip address' shows those that it has");
	} else if (r < 0) {
		return log_error_errno(r, "Cannot use port %u of the host: %m", number);
	}
	return r < 0;
}

/* Whether the container that is changed listens there already, so that the port is in use if it runs. */
static bool is_own(const struct create_spec *spec, const struct port *port)
{
	for (size_t i = 0; spec->now && i < spec->now->ports.n; i++)
		if (port_clashes(port, &spec->now->ports.v[i]))
			return true;
	return false;
}

/* 1 if the port cannot be had, 0 if it can, or -errno after a message. */
static int find_obstacle(const struct create_spec *spec, const struct port *port, struct obstacle *ret)
{
	int r = find_owner(spec, port, ret);

	if (!spec->context->on_host || is_own(spec, port))
		return r;
	for (unsigned int n = 0; r == 0 && n < port->count; n++)
		r = look_at_host(port, port->host + n, ret);
	return r;
}

static int check_way(const struct create_spec *spec, const struct choice *choice, const struct port *port)
{
	_cleanup_(freep) char *text = port_format(port);
	struct stat st;

	if (port->proxy && !nets_address(&choice->nets))
		return log_error_errno(
			-EADDRNOTAVAIL,
			"To publish ports, the container needs a fixed address; leave out DHCP and --network=none.");
	if (port->proxy && rootfd_lstat(spec->context->root_fd, PROXY_PROGRAM, WALK_ROOT, &st) < 0)
		return log_error_errno(-ENOENT, "To publish ports by a proxy, the host needs '" PROXY_PROGRAM
						"', a part of systemd.");
	if (!port->proxy && !port_is_ipv4(port) && !nets_published_address6(&choice->nets))
		return log_error_errno(
			-EADDRNOTAVAIL,
			"The host cannot forward port %u of an IPv6 address as it is, because the "
			"container has only an IPv4 address; a single TCP port can be published with "
			"',proxy', or 'virt-sandbox-service setup --subnet6=auto' gives the network IPv6.",
			port->host);
	if (!port->proxy && strcmp(port->ip, "::1") == 0)
		return log_error_errno(-EADDRNOTAVAIL,
				       "The kernel cannot forward port %u of the host's own address '::1'; publish a "
				       "single TCP port with ',proxy', or at '127.0.0.1'.",
				       port->host);
	if (port->proxy || nets_published_address(&choice->nets))
		return 0;
	if (!nets_address(&choice->nets) || port->udp || port->count > 1)
		return log_error_errno(-EADDRNOTAVAIL,
				       "To publish port %u, the container needs an address, and its default route, on "
				       "the network " NETWORK "; leave out --network.",
				       port->host);
	return log_error_errno(-EADDRNOTAVAIL,
			       "The host cannot forward port %u as it is, because the container's default route is "
			       "not by the network " NETWORK "; '--publish %s,proxy' has a proxy do it.",
			       port->host, text);
}

static int check_port(const struct create_spec *spec, const struct choice *choice, size_t i)
{
	_cleanup_(obstacle_done) struct obstacle obstacle = { 0 };
	const struct port *port = &spec->ports.v[i];
	int r = check_way(spec, choice, port);

	for (size_t k = 0; r == 0 && k < i; k++)
		if (port_clashes(port, &spec->ports.v[k]))
			return log_error_errno(-EADDRINUSE, "Port %u of the host was given twice.", port->host);
	if (r == 0)
		r = find_obstacle(spec, port, &obstacle);
	return r > 0 ? log_error_errno(-EADDRINUSE, "%s; %s.", obstacle.problem, obstacle.advice) : r;
}

int allocate_ports(const struct create_spec *spec, const struct choice *choice)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->ports.n; i++)
		r = check_port(spec, choice, i);
	return r;
}

int allocate_drop_ports(const struct create_spec *spec, struct ports *ports, struct strv *changes)
{
	struct ports kept = { 0 };
	int r = 0;

	for (size_t i = 0; i < ports->n; i++) {
		_cleanup_(obstacle_done) struct obstacle obstacle = { 0 };
		_cleanup_(freep) char *place = port_place(&ports->v[i]);

		if (r >= 0)
			r = find_obstacle(spec, &ports->v[i], &obstacle);
		if (r > 0) {
			strv_addf(changes, "%s, so container '%s' does not publish port %s.", obstacle.problem,
				  spec->name, place);
			port_done(&ports->v[i]);
		} else {
			ports_take(&kept, &ports->v[i]);
		}
	}
	ports_done(ports);
	*ports = kept;
	return r < 0 ? r : 0;
}
