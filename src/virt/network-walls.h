/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls between containers, and between them and the host, on the network that setup makes. Of the host's firewall
 * they are tables of their own, which the host's own rules neither see nor change. */
#pragma once

#include <stdbool.h>

struct context;
struct record;

/* Before the domain starts: lets nothing come from its interfaces but what has their own hardware and network
 * addresses, and only to where 'record' allows. Also restores the walls of all other containers if they are gone. For a
 * container without an interface on that network this does nothing. 0, or -errno after a message. */
int walls_put(const struct context *context, const struct record *record);

/* After the leader is on record: has the kernel forward its published ports, but for those that a program of the host
 * uses, about which this warns. 'runs': it has run for some time, maybe with other ports, and keeps the address that it
 * has; connections by ports that it no longer has end. 0, or -errno after a message. */
int walls_publish(const struct context *context, const struct record *record, bool runs);

/* Puts running containers back into the bridge of the network that setup makes, which somebody has removed, with what
 * walls_lock_ports() and walls_publish() set there. Returns how many, or -errno after a message. */
int walls_rejoin(const struct context *context);

/* After the domain has ended: removes what walls_put() and walls_publish() added for it, and ends connections that came
 * by a published port. */
void walls_remove(const struct context *context, const struct record *record);

/* After the domain has started: has the host's bridges, whoever made them, take from each of its interfaces only frames
 * with that interface's own hardware address, and forward none to another container's. 0, or -errno after a message. */
int walls_lock_ports(const struct record *record);
