/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's networks. Functions return 0 or more, or -errno after a message. */
#pragma once

#include <stdbool.h>

struct _virConnect;

/* Returns 1 with the network's XML (caller frees) and whether it is active, or 0 if there is no such network. */
int libvirt_network_get(struct _virConnect *conn, const char *name, char **ret_xml, bool *ret_active);

/* Starts the network unless it is active. -ENOENT if there is no such network; -ENETDOWN, without a message, if its
 * rules cannot be added to the host's firewall: libvirt makes its chains there only when its daemon starts. */
int libvirt_network_start(struct _virConnect *conn, const char *name);

/* Stops the network and starts it again; interfaces that were in its bridge are not put back. Errors as above. */
int libvirt_network_restart(struct _virConnect *conn, const char *name);

/* Defines the network from 'xml', makes it start at boot, and starts it. After a failure, nothing of it is left. Errors
 * as above. */
int libvirt_network_create(struct _virConnect *conn, const char *name, const char *xml);

/* Defines the network anew from 'xml', which has its uuid, makes it start at boot, and restarts it. After a failure, it
 * may not be active. Errors as above. */
int libvirt_network_replace(struct _virConnect *conn, const char *name, const char *xml);

/* Stops and undefines the network. 0 even if there is none. */
int libvirt_network_remove(struct _virConnect *conn, const char *name);

/* Has the name server of an active network answer that 'host' has the address 'address', until the network is
 * stopped; or forget the address if 'host' is NULL. After a failure, the message is a warning. */
int libvirt_network_host(struct _virConnect *conn, const char *name, const char *address, const char *host);
