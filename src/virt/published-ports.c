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

/* The lines of the file: the address of the container, and the ports. False if there is none. */
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
	_cleanup_(freep) char *address = ipv4_format(nets_published_address(&record->nets));
	_cleanup_(strv_done) struct strv now = { 0 };
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	runs = runs && read_file(root_fd, record->name, &now);
	buf_addf(&text, "%s\n", runs ? now.v[0] : address);
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

static void add_port(struct buf *text, const char *table, const struct port *port, const char *address, bool there)
{
	bool all = !*port->ip || strcmp(port->ip, PORT_ALL_IPV4) == 0;
	_cleanup_(freep) char *map = xasprintf("%s %s", table, all ? PUBLISHED_ALL : PUBLISHED_ONE);

	for (unsigned int i = 0; i < port->count; i++) {
		_cleanup_(freep) char *element = xasprintf("%s%s%d . %u", all ? "" : port->ip, all ? "" : " . ",
							   port->udp ? IPPROTO_UDP : IPPROTO_TCP, port->host + i);
		_cleanup_(freep) char *target = xasprintf("%s . %u", address, port->inside + i);

		add_element(text, map, element, target, there);
	}
}

bool published_read(int root_fd, const char *name, char **ret_address, struct ports *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 };
	uint32_t address;

	if (!read_file(root_fd, name, &lines) || ipv4_parse(lines.v[0], &address) < 0)
		return false;
	for (size_t i = 1; i < lines.n; i++) {
		struct port port = { 0 };

		if (port_parse(lines.v[i], &port) == 0)
			ports_take(ret, &port);
	}
	*ret_address = xstrdup(lines.v[0]);
	return true;
}

void published_add(int root_fd, const char *name, const char *table, bool there, struct buf *text)
{
	_cleanup_(ports_done) struct ports ports = { 0 };
	_cleanup_(freep) char *address = NULL;

	if (!published_read(root_fd, name, &address, &ports))
		return;
	for (size_t i = 0; i < ports.n; i++)
		if (port_is_ipv4(&ports.v[i]))
			add_port(text, table, &ports.v[i], address, there);
}
