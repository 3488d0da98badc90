/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: '[IP:]PORT:PORT', the host's before the container's. Pure. */
#pragma once

#include "base/util.h"

#define PORTS_MAX 64

struct port {
	char *ip; /* of the host; "" is all of them */
	unsigned int host, inside;
};
void port_done(struct port *port);

int port_parse(const char *text, struct port *ret); /* 0 or -EINVAL */
bool port_valid(const char *text);

/* '8080' or '192.0.2.1:8080': what no other container may have. Caller frees. */
char *port_place(const struct port *port);

/* Whether one of them listens where the other does. */
bool port_clashes(const struct port *a, const struct port *b);
