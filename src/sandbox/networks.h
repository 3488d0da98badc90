/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sandbox on networks, with the same walls and names as a container. For one without a network, these functions do
 * nothing. The sandbox's record (container/sandbox-record.h) has to be there, so that others who keep up the network
 * know of it. */
#pragma once

struct context;
struct record;
struct _virConnect;

/* Before the domain starts: makes the networks ready, and puts the walls around its interfaces. 0, or -errno after a
 * message. */
int networks_enter(const struct context *context, struct _virConnect *conn, const struct record *record);

/* When the domain has started: locks its ports, and enters its name. 0, or -errno after a message. */
int networks_guard(struct _virConnect *conn, const struct record *record);

/* When the domain has ended, or did not start: removes all of this. */
void networks_leave(const struct context *context, struct _virConnect *conn, const struct record *record);

/* The same for sandbox 'name', whose keeper was killed, after ending its domain. 0, also if there is nothing to do, or
 * -errno after a message. */
int networks_clear(const struct context *context, const char *name);
