/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of libvirt, as a container needs them. */
#pragma once

struct context;
struct net;
struct _virConnect;

/* Makes the network ready for a container: starts it unless it is active, and makes its bridge anew if somebody has
 * removed it. Warns if its rules in the host's firewall are gone. 1 if it did something, 0 if not, or -errno after a
 * message. */
int network_prepare(const struct context *context, struct _virConnect *conn, const char *name);

/* Checks that the address of container 'name' on 'net', a network of libvirt, is in the network as it is now. 0, or
 * -errno after a message. */
int network_check_address(struct _virConnect *conn, const char *name, const struct net *net);
