/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of the units of a published port with a proxy: a socket of the host's systemd, and the proxy, which starts
 * at the first connection. Pure. */
#pragma once

#include "container/port.h"
#include "container/record.h"

#define PROXY_PROGRAM "/usr/lib/systemd/systemd-socket-proxyd"

/* The text of the socket and of the service for 'port', one of the record's with a proxy. The container must have an
 * address. Caller frees. */
char *port_socket_text(const struct record *record, const struct port *port);
char *port_service_text(const struct record *record, const struct port *port);
