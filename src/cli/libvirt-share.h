/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all containers together may take of that which the kernel counts against the host's root. */
#pragma once

struct context;
struct sd_bus;
struct strv;

/* Writes drop-ins for libvirt's daemons, and gives the running ones these limits. 1 if something changed, 0 if there
 * was nothing to do, or -errno after a message. */
int libvirt_share_make(const struct context *context);

/* Appends the daemons that run without their drop-in, because they are older, on a host with drop-ins for all services:
 * containers may not start from them. 0, or -errno after a message. */
int libvirt_share_outdated(const struct context *context, struct sd_bus *bus, struct strv *ret);

/* Removes the drop-ins; a daemon that is running keeps its limits until it is restarted. 0, or -errno after a
 * message. */
int libvirt_share_remove(const struct context *context);
