/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's networks. 0 or more, or -errno after one message. */
#pragma once

#include <stdbool.h>

struct _virConnect;

/* 1 with the network's XML (caller frees) and whether it is started, or 0 when there is no such network. */
int libvirt_network_get(struct _virConnect *conn, const char *name, char **ret_xml, bool *ret_active);

/* Starts it unless it is started. -ENOENT when there is no such network. */
int libvirt_network_start(struct _virConnect *conn, const char *name);

/* Defines the network from 'xml', has it started at boot, and starts it; on failure nothing of it is left. */
int libvirt_network_create(struct _virConnect *conn, const char *name, const char *xml);

/* Stops and undefines it; 0 also when there is none. */
int libvirt_network_remove(struct _virConnect *conn, const char *name);
