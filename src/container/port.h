/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: '[IP:]PORT:PORT', the host's before the container's. Pure. */
#pragma once

#include "base/util.h"

#define PORTS_MAX 64

struct port {
	char *ip; /* of the host; "" is all of them */
	unsigned int host, inside;
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

/* Parses '[IP:]PORT:PORT'. 0 or -EINVAL. There is only one valid way to write a port, which port_format() uses (caller
 * frees). */
int port_parse(const char *text, struct port *ret);
char *port_format(const struct port *port);

/* '8080' or '192.0.2.1:8080', which no other container may publish. Caller frees. */
char *port_place(const struct port *port);

/* Whether both listen on the same port of the same address. */
bool port_clashes(const struct port *a, const struct port *b);
