/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: '[IP:]PORT[-PORT]:PORT[-PORT][/udp][,proxy]', the host's before the
 * container's. Pure. */
#pragma once

#include "base/util.h"

#define PORTS_MAX 64

/* All addresses of one kind. */
#define PORT_ALL_IPV4 "0.0.0.0"
#define PORT_ALL_IPV6 "::"

/* What --publish and Publish= must be. */
#define PORT_MUST "like '8080:80' or '192.0.2.1:8000-8010:80-90/udp', with the host's ports first"

/* Ports of one protocol that follow each other. */
struct port {
	char *ip;		   /* of the host, in its normal form; "" is all of them */
	unsigned int host, inside; /* the first of each */
	unsigned int count;
	bool udp;   /* otherwise TCP */
	bool proxy; /* a proxy on the host forwards, and not the kernel; only for one TCP port */
};

struct ports {
	struct port *v;
	size_t n;
};

void port_done(struct port *port);
void ports_done(struct ports *ports);

/* Takes 'port' over, and leaves it empty. */
void ports_take(struct ports *ports, struct port *port);

/* Appends copies. */
void ports_copy(const struct ports *from, struct ports *to);

/* Parses what --publish and the record have. 0 or -EINVAL. port_format() writes it in the one form that records and
 * messages have (caller frees). */
int port_parse(const char *text, struct port *ret);
char *port_format(const struct port *port);

/* Its two parts, for people: '192.0.2.1:8080-8090/udp' and '80-90'. Caller frees. */
char *port_place(const struct port *port);
char *port_target(const struct port *port);

/* The first one, as a name of a file: the reservation of the ports. port_parse_key() reads it; what is not in it is
 * arbitrary. 0 or -EINVAL. */
char *port_key(const struct port *port);
int port_parse_key(const char *key, struct port *ret);

/* Whether a client that connects by IPv4, or by IPv6, can reach it. */
bool port_is_ipv4(const struct port *port);
bool port_is_ipv6(const struct port *port);

bool port_is_everywhere(const struct port *port); /* not one address of the host */

/* Whether both have a port of the same address and protocol. */
bool port_clashes(const struct port *a, const struct port *b);

/* Whether any of them is forwarded by the kernel. */
bool ports_any_direct(const struct ports *ports);
