/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: reading them, and which of them clash. */
#include "container/port.h"

#include <errno.h>
#include <string.h>

#include "container/record-value.h"

void port_done(struct port *port)
{
	free(port->ip);
	*port = (struct port){ 0 };
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

	while (host && host > text && host[-1] != ':')
		host--;
	if (!inside || parse_number(host, (size_t)(inside - host), &host_port) < 0 ||
	    parse_number(inside + 1, strlen(inside + 1), &inside_port) < 0)
		return -EINVAL;
	ip = host > text ? xstrndup(text, (size_t)(host - text) - 1) : xstrdup("");
	if (host > text && !value_is_gateway(ip))
		return -EINVAL;
	*ret = (struct port){ steal_ptr(ip), host_port, inside_port };
	return 0;
}

bool port_valid(const char *text)
{
	_cleanup_(port_done) struct port port = { 0 };

	return port_parse(text, &port) == 0;
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
