/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: reading them, and which of them clash. */
#include "container/port.h"

#include <errno.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/ipv6.h"

#define PROXY ",proxy"
#define UDP "/udp"
#define TCP "/tcp"
#define KEY_UDP ".udp" /* '/' cannot be part of a file's name */

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

/* Cuts 'end' off 'text' if it is there. */
static bool cut(char *text, const char *end)
{
	size_t length = strlen(text), least = strlen(end);

	if (length < least || strcmp(text + length - least, end) != 0)
		return false;
	text[length - least] = '\0';
	return true;
}

static int parse_number(const char *text, unsigned int *ret)
{
	uint64_t number;

	if (*text == '0' || parse_u64(text, UINT16_MAX, &number) < 0)
		return -EINVAL;
	*ret = (unsigned int)number;
	return 0;
}

/* 'PORT' or 'PORT-PORT'. */
static int parse_numbers(char *text, unsigned int *ret_first, unsigned int *ret_count)
{
	char *dash = strchr(text, '-');
	unsigned int first, last;

	if (dash)
		*dash++ = '\0';
	if (parse_number(text, &first) < 0 || parse_number(dash ? dash : text, &last) < 0 || last < first)
		return -EINVAL;
	*ret_first = first;
	*ret_count = last - first + 1;
	return 0;
}

/* An address in its normal form, or NULL. Caller frees. */
static char *parse_ip(char *text)
{
	uint32_t address;

	if (*text == '[')
		return cut(text, "]") ? ipv6_normal(text + 1) : NULL;
	return ipv4_parse(text, &address) == 0 ? xstrdup(text) : NULL;
}

/* '[IP:]PORT[-PORT]' */
static int parse_place(char *text, struct port *ret)
{
	char *port = strrchr(text, ':');
	unsigned int host, count;

	if (port)
		*port++ = '\0';
	if (parse_numbers(port ? port : text, &host, &count) < 0)
		return -EINVAL;
	*ret = (struct port){ .ip = port ? parse_ip(text) : xstrdup(""), .host = host, .inside = host, .count = count };
	return ret->ip ? 0 : -EINVAL;
}

int port_parse(const char *text, struct port *ret)
{
	_cleanup_(freep) char *copy = xstrdup(text);
	_cleanup_(port_done) struct port port = { 0 };
	bool proxy = cut(copy, PROXY), udp = cut(copy, UDP);
	unsigned int first, count;
	char *inside;

	if (!udp)
		cut(copy, TCP);
	inside = strrchr(copy, ':');
	if (!inside)
		return -EINVAL;
	*inside++ = '\0';
	if (parse_numbers(inside, &first, &count) < 0 || parse_place(copy, &port) < 0 || count != port.count ||
	    (proxy && (udp || count > 1)))
		return -EINVAL;
	port.inside = first;
	port.udp = udp;
	port.proxy = proxy;
	*ret = port;
	port.ip = NULL;
	return 0;
}

static char *format_numbers(unsigned int first, unsigned int count)
{
	return count > 1 ? xasprintf("%u-%u", first, first + count - 1) : xasprintf("%u", first);
}

static char *format_place(const struct port *port, const char *udp)
{
	_cleanup_(freep) char *numbers = format_numbers(port->host, port->count);
	bool ipv6 = strchr(port->ip, ':') != NULL;

	return xasprintf("%s%s%s%s%s%s", ipv6 ? "[" : "", port->ip, ipv6 ? "]" : "", *port->ip ? ":" : "", numbers,
			 port->udp ? udp : "");
}

char *port_format(const struct port *port)
{
	_cleanup_(freep) char *place = format_place(port, "");
	_cleanup_(freep) char *target = port_target(port);

	return xasprintf("%s:%s%s%s", place, target, port->udp ? UDP : "", port->proxy ? PROXY : "");
}

char *port_place(const struct port *port)
{
	return format_place(port, UDP);
}

char *port_target(const struct port *port)
{
	return format_numbers(port->inside, port->count);
}

char *port_key(const struct port *port)
{
	return format_place(port, KEY_UDP);
}

int port_parse_key(const char *key, struct port *ret)
{
	_cleanup_(freep) char *copy = xstrdup(key);
	bool udp = cut(copy, KEY_UDP);
	int r = parse_place(copy, ret);

	if (r == 0)
		ret->udp = udp;
	return r;
}

bool port_is_ipv4(const struct port *port)
{
	return !strchr(port->ip, ':');
}

bool port_is_ipv6(const struct port *port)
{
	return !*port->ip || strchr(port->ip, ':');
}

bool port_is_everywhere(const struct port *port)
{
	return !*port->ip || strcmp(port->ip, PORT_ALL_IPV4) == 0 || strcmp(port->ip, PORT_ALL_IPV6) == 0;
}

bool port_clashes(const struct port *a, const struct port *b)
{
	bool family = (port_is_ipv4(a) && port_is_ipv4(b)) || (port_is_ipv6(a) && port_is_ipv6(b));
	bool address = port_is_everywhere(a) || port_is_everywhere(b) || strcmp(a->ip, b->ip) == 0;

	return a->udp == b->udp && family && address && a->host < b->host + b->count && b->host < a->host + a->count;
}

bool ports_any_direct(const struct ports *ports)
{
	for (size_t i = 0; i < ports->n; i++)
		if (!ports->v[i].proxy)
			return true;
	return false;
}
