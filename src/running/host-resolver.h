/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's systemd-resolved(8), which the host may not have, and the name server of a network of containers. */
#pragma once

#include <stdint.h>

struct sd_bus;

/* Has systemd-resolved, if it runs, ask the name server at 'address' (IPv4, host byte order), which is behind the
 * host's interface of that name, for names below 'domain' and for nothing else. If that interface has a name server
 * already, nothing is changed, because the administrator may have chosen it. Returns 1, 0 if there was nothing to do,
 * or -errno without a message, also if systemd-resolved does not run. */
int host_resolver_add(const char *interface, uint32_t address, const char *domain);

/* The same for the interface with index 'link', by a connection to that service. */
int host_resolver_tell(struct sd_bus *bus, int link, uint32_t address, const char *domain);
