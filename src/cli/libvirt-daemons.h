/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's daemons on the host, which come in two kinds: libvirtd for everything, or a daemon for each driver. */
#pragma once

#include "base/strv.h"

struct sd_bus;

struct libvirt_daemons {
	const char *name; /* for sentences, or NULL if the host has neither kind */
	struct strv
		lacks; /* the sockets that this kind needs for containers and that are not enabled, or do not listen */
};
void libvirt_daemons_done(struct libvirt_daemons *daemons);

/* Finds the kind that the host uses: the one that runs, or else is enabled, or else is installed. systemd runs only one
 * of them, because the units of one kind conflict with those of the other. The caller
 * frees members of *ret with libvirt_daemons_done(). 0, or -errno after a message. */
int libvirt_daemons_find(struct sd_bus *bus, struct libvirt_daemons *ret);

/* Enables and starts what that kind lacks, and never the other kind. 1 if something was changed, 0 if there was nothing
 * to do, or -errno after a message. */
int libvirt_daemons_make(struct sd_bus *bus, const struct libvirt_daemons *daemons);

/* Appends the daemon that runs networks, if it runs. Only when it starts does it make its chains in the host's
 * firewall, and the rules of all networks. 0, or -errno after a message. */
int libvirt_daemons_of_networks(struct sd_bus *bus, struct strv *ret);
