/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names NAME.sandbox of containers on the network that setup makes. They come from the containers' records alone,
 * so nothing in a container can claim one. A container without its name runs all the same: what fails is a warning. */
#pragma once

struct context;
struct record;
struct _virConnect;

/* Enters the container, which runs or is about to, in the name server of the network, with its fixed addresses there. A
 * name or an address that another start left behind goes first. Does nothing without such an address. */
void names_put(struct _virConnect *conn, const struct record *record);

/* Removes the container, whatever address it has there. */
void names_remove(struct _virConnect *conn, const struct record *record);

/* Enters all containers that run, after libvirt has started the network anew. */
void names_restore(const struct context *context, struct _virConnect *conn);

/* Has the host itself find those names, if it runs systemd-resolved. The bridge has to be there. */
void names_show_host(void);
