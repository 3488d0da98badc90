/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A port of the host can be published if no other container has it and nothing on the host listens on it now. */
#include "create/allocate-port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/ipv4.h"
#include "container/port.h"
#include "create/port-unit.h"
#include "container/reservation.h"
#include "base/rootfd.h"

/* Checks whether another container, running or not, has reserved the port. */
static int check_reserved(const struct create_spec *spec, const struct port *port)
{
	_cleanup_(strv_done) struct strv taken = { 0 };
	int r = reservation_list(spec->context->root_fd, RESERVE_PORTS, &taken);

	for (size_t i = 0; r == 0 && i < taken.n; i++) {
		_cleanup_(freep) char *text = xasprintf("%s:1", taken.v[i]); /* to any port of the container */
		_cleanup_(freep) char *owner = NULL;
		_cleanup_(port_done) struct port other = { 0 };

		if (port_parse(text, &other) < 0 || !port_clashes(port, &other) ||
		    reservation_owner(spec->context->root_fd, RESERVE_PORTS, taken.v[i], &owner) < 0)
			continue;
		if (spec->now && strcmp(owner, spec->name) == 0)
			continue;
		return log_error_errno(-EADDRINUSE, "Port %u of the host belongs to container '%s'; choose another.",
				       port->host, owner);
	}
	return r;
}

/* Checks whether something listens on the port now. Nobody can connect to this socket, because it does not listen. */
static int try_bind(const struct port *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port->host) };
	_cleanup_(closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t ip = INADDR_ANY;

	if (fd < 0)
		return -errno;
	if (*port->ip && ipv4_parse(port->ip, &ip) < 0)
		return -EINVAL;
	address.sin_addr.s_addr = htonl(ip);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)); /* as systemd does */
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
}

static int check_host(const struct port *port)
{
	int r = try_bind(port);

	if (r == -EADDRINUSE)
		return log_error_errno(r, "Port %u of the host is in use; 'ss -ltnp sport = :%u' shows what uses it.",
				       port->host, port->host);
	if (r == -EADDRNOTAVAIL)
		return log_error_errno(r, "'%s' is not an address of this host.", port->ip);
	return r < 0 ? log_error_errno(r, "Cannot use port %u of the host: %m", port->host) : 0;
}

/* Whether the container that is changed listens there already, so that the port is in use if it runs. */
static bool is_own(const struct create_spec *spec, const struct port *port)
{
	for (size_t i = 0; spec->now && i < spec->now->ports.n; i++)
		if (port_clashes(port, &spec->now->ports.v[i]))
			return true;
	return false;
}

static int check_port(const struct create_spec *spec, size_t i)
{
	const struct port *port = &spec->ports.v[i];
	int r;

	for (size_t k = 0; k < i; k++)
		if (port_clashes(port, &spec->ports.v[k]))
			return log_error_errno(-EADDRINUSE, "Port %u of the host was given twice.", port->host);
	r = check_reserved(spec, port);
	return r < 0 || !spec->context->on_host || is_own(spec, port) ? r : check_host(port);
}

int allocate_ports(const struct create_spec *spec, const struct choice *choice)
{
	struct stat st;
	int r = 0;

	if (spec->ports.n == 0)
		return 0;
	if (!nets_address(&choice->nets))
		return log_error_errno(
			-EADDRNOTAVAIL,
			"To publish ports, the container needs a fixed address; leave out DHCP and --network=none.");
	if (rootfd_lstat(spec->context->root_fd, PROXY_PROGRAM, WALK_ROOT, &st) < 0)
		return log_error_errno(-ENOENT,
				       "To publish ports, the host needs '" PROXY_PROGRAM "', a part of systemd.");
	for (size_t i = 0; r == 0 && i < spec->ports.n; i++)
		r = check_port(spec, i);
	return r;
}
