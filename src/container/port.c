/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: reading them, and which of them clash. */
#include "container/port.h"

#include <errno.h>
#include <string.h>

#include "base/ipv4.h"

void port_done(struct port *port)
{
	free(port->ip);
	*port = (struct port){ 0 };
}

void ports_done(struct ports *ports)
{
	for (size_t i = 0; i < ports->n; i++)
		port_done(&ports->v[i]);
	free(ports->v);
	*ports = (struct ports){ 0 };
}

void ports_take(struct ports *ports, struct port *port)
{
	grow(ports->v, ports->n);
	ports->v[ports->n++] = *port;
	*port = (struct port){ 0 };
}

void ports_copy(const struct ports *from, struct ports *to)
{
	for (size_t i = 0; i < from->n; i++) {
		struct port copy = from->v[i];

		copy.ip = xstrdup(copy.ip);
		ports_take(to, &copy);
	}
}

/* A port that can be connected to, in the one form that it has. */
static int parse_number(const char *text, size_t len, unsigned int *ret)
{
	_cleanup_(freep) char *digits = xstrndup(text, len);
	uint64_t number;

	if (*digits == '0' || parse_u64(digits, UINT16_MAX, &number) < 0)
		return -EINVAL;
	*ret = (unsigned int)number;
	return 0;
}

int port_parse(const char *text, struct port *ret)
{
	const char *inside = strrchr(text, ':'), *host = inside;
	_cleanup_(freep) char *ip = NULL;
	unsigned int host_port, inside_port;
	uint32_t address;

	while (host && host > text && host[-1] != ':')
		host--;
	if (!inside || parse_number(host, (size_t)(inside - host), &host_port) < 0 ||
	    parse_number(inside + 1, strlen(inside + 1), &inside_port) < 0)
		return -EINVAL;
	ip = host > text ? xstrndup(text, (size_t)(host - text) - 1) : xstrdup("");
	if (host > text && ipv4_parse(ip, &address) < 0)
		return -EINVAL;
	*ret = (struct port){ steal_ptr(ip), host_port, inside_port };
	return 0;
}

char *port_format(const struct port *port)
{
	_cleanup_(freep) char *place = port_place(port);

	return xasprintf("%s:%u", place, port->inside);
}

char *port_place(const struct port *port)
{
	return xasprintf("%s%s%u", port->ip, *port->ip ? ":" : "", port->host);
}

static bool is_everywhere(const struct port *port)
{
	return !*port->ip || strcmp(port->ip, "0.0.0.0") == 0;
}

bool port_clashes(const struct port *a, const struct port *b)
{
	return a->host == b->host && (is_everywhere(a) || is_everywhere(b) || strcmp(a->ip, b->ip) == 0);
}
