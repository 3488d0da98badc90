/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network interfaces of the host, by rtnetlink(7). */
#pragma once

#include <stdbool.h>

struct ipv6_range;

/* Removes interface 'name', and with it the other end of a pair. 0, also if there is no such interface, or -errno. */
int netlink_remove(const char *name);

/* Ties interface 'name', if it is a port of a bridge, to the hardware address 'mac' ('xx:xx:xx:xx:xx:xx'): the bridge
 * learns nothing from its frames, takes only those that have this address (since Linux 5.16; older kernels ignore it)
 * and sends it only those that are for this address, broadcasts and multicasts. 'isolated': it also exchanges none with
 * other isolated ports. See bridge(8). 0, also if it is not a port of a Linux bridge, or -errno. */
int netlink_lock_port(const char *name, const char *mac, bool isolated);

/* Drops what interface 'name' receives for a loopback address of IPv4, before any firewall sees it, and even if
 * somebody flushes that (tc-bpf(8)). 0; -ENOENT if the kernel does not have the parts for this; or another -errno. */
int netlink_drop_loopback(const char *name);

/* Makes interface 'name' a port of the bridge 'bridge'. 0 or -errno. */
int netlink_join(const char *name, const char *bridge);

/* Takes the IPv6 address from interface 'name', and gives it back without looking whether somebody else has it. 0 or
 * -errno. */
int netlink_renew_ipv6(const char *name, const struct ipv6_range *range);

struct netlink_port {
	bool learns;   /* the bridge learns addresses from its frames */
	bool locked;   /* it takes only frames from addresses that are known to be there */
	bool isolated; /* it exchanges no frames with other isolated ports */
};

/* What is set of interface 'name' as a port of a bridge; what the kernel does not know is false. 1; 0 if it is not a
 * port of a Linux bridge; or -errno. */
int netlink_port(const char *name, struct netlink_port *ret);
