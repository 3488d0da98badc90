/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of libvirt, and interfaces on the host, as containers and sandboxes need them. */
#pragma once

struct context;
struct record;
struct _virConnect;

/* Makes the networks of the record ready: starts them unless they are active, and makes a bridge anew that somebody has
 * removed. Warns of rules that are gone from the host's firewall, and checks that the record's addresses are in these
 * networks as they are now. 0, or -errno after a message. */
int networks_start(const struct context *context, struct _virConnect *conn, const struct record *record);

/* Removes the host's ends of interfaces that are left from before. 0, even if there are none, or -errno after a
 * message. */
int networks_remove_interfaces(const struct record *record);
