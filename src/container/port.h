/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the host that lead into a container: '[IP:]PORT:PORT', the host's before the container's. Each is a socket of
 * the host's systemd, with a proxy that starts at the first connection. PURE. */
#pragma once

#include "container/record.h"

#define PORTS_MAX 64
#define PROXY_PROGRAM "/usr/lib/systemd/systemd-socket-proxyd"

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

/* 'NAME_sandbox-8080.socket' or '....service', and where it lies. Caller frees. */
char *port_unit_name(const char *name, const struct port *port, const char *suffix);
char *port_unit_path(const char *name, const struct port *port, const char *suffix);

/* Texts of the units. The container has an address. Callers free. */
char *port_socket_text(const struct record *record, const struct port *port);
char *port_service_text(const struct record *record, const struct port *port);
