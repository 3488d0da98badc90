/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Published ports as elements of maps. Each port is an element of its own, because a range in a map can lead only to
 * one port. A program of the host that listens on a port keeps it: otherwise the container would take over its
 * clients. */
#include "virt/published-ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "virt/listeners.h"

#define PORTS_SIZE (16 * 1024) /* bytes; PORTS_MAX lines, and one more */

static char *program(const struct listener *listener)
{
	return listener->pid ? xasprintf("program '%s' (process %d)", listener->program, listener->pid)
			     : xstrdup("another program");
}

static bool is_free(int root_fd, const struct record *record, const struct port *port)
{
	_cleanup_(listener_done) struct listener listener = { 0 };
	_cleanup_(freep) char *place = NULL, *by = NULL;

	if (!listener_find(root_fd, port, &listener))
		return true;
	place = port_place(port);
	by = program(&listener);
	log_warn("Port %s of the host does not lead to container '%s', because %s uses port %u; restart the container "
		 "when that has ended.",
		 place, record->name, by, listener.port);
	return false;
}

/* The lines of the file: the addresses of the container, and the ports. False if there is none. */
static bool read_file(int root_fd, const char *name, struct strv *ret)
{
	_cleanup_(freep) char *path = ports_path(name), *text = NULL;

	if (rootfd_read(root_fd, path, WALK_ROOT, PORTS_SIZE, &text, NULL) < 0)
		return false;
	strv_split(ret, text, "\n");
	return ret->n > 0;
}

int published_note(int root_fd, const struct record *record, bool runs)
{
	_cleanup_(freep) char *path = ports_path(record->name);
	const struct in6_addr *ipv6 = nets_published_address6(&record->nets);
	_cleanup_(freep) char *address = ipv4_format(nets_published_address(&record->nets));
	_cleanup_(freep) char *address6 = ipv6 ? ipv6_format(ipv6) : xstrdup("");
	_cleanup_(strv_done) struct strv now = { 0 };
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	runs = runs && read_file(root_fd, record->name, &now);
	if (runs)
		buf_addf(&text, "%s\n", now.v[0]);
	else
		buf_addf(&text, "%s%s%s\n", address, ipv6 ? " " : "", address6);
	for (size_t i = 0; i < record->ports.n; i++) {
		const struct port *port = &record->ports.v[i];
		_cleanup_(freep) char *line = port_format(port);

		if (!port->proxy && (strv_has(&now, line) || is_free(root_fd, record, port)))
			buf_addf(&text, "%s\n", line);
	}
	r = atomic_file_write(root_fd, path, 0600, text.text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", path) : 0;
}

static void add_element(struct buf *text, const char *map, const char *element, const char *target, bool there)
{
	buf_addf(text, "add element %s { %s : %s }\n", map, element, target);
	if (!there)
		buf_addf(text, "delete element %s { %s }\n", map, element);
}

/* 'address' is that of the container, in either family. */
static void add_port(struct buf *text, const char *table, const struct port *port, const char *address, bool there)
{
	bool ipv6 = strchr(address, ':'), all = port_is_everywhere(port);
	const char *name = all ? ipv6 ? PUBLISHED_ALL6 : PUBLISHED_ALL : ipv6 ? PUBLISHED_ONE6 : PUBLISHED_ONE;
	_cleanup_(freep) char *map = xasprintf("%s %s", table, name);

	for (unsigned int i = 0; i < port->count; i++) {
		_cleanup_(freep) char *element = xasprintf("%s%s%d . %u", all ? "" : port->ip, all ? "" : " . ",
							   port->udp ? IPPROTO_UDP : IPPROTO_TCP, port->host + i);
		_cleanup_(freep) char *target = xasprintf("%s . %u", address, port->inside + i);

		add_element(text, map, element, target, there);
	}
}

void published_done(struct published *published)
{
	free(published->address);
	free(published->address6);
	ports_done(&published->ports);
}

bool published_read(int root_fd, const char *name, struct published *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 }, addresses = { 0 };
	uint32_t address;

	if (!read_file(root_fd, name, &lines))
		return false;
	strv_split(&addresses, lines.v[0], " ");
	if (addresses.n == 0 || ipv4_parse(addresses.v[0], &address) < 0)
		return false;
	ret->address = xstrdup(addresses.v[0]);
	ret->address6 = addresses.n > 1 ? ipv6_normal(addresses.v[1]) : NULL;
	for (size_t i = 1; i < lines.n; i++) {
		struct port port = { 0 };

		if (port_parse(lines.v[i], &port) == 0)
			ports_take(&ret->ports, &port);
	}
	return true;
}

void published_add(int root_fd, const char *name, const char *table, bool there, struct buf *text)
{
	_cleanup_(published_done) struct published p = { 0 };

	if (!published_read(root_fd, name, &p))
		return;
	for (size_t i = 0; i < p.ports.n; i++) {
		if (port_is_ipv4(&p.ports.v[i]))
			add_port(text, table, &p.ports.v[i], p.address, there);
		if (port_is_ipv6(&p.ports.v[i]) && p.address6)
			add_port(text, table, &p.ports.v[i], p.address6, there);
	}
}
