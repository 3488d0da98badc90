/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running the program that loads libvirt. */
#pragma once

/* The verb network-show prints this word after the addresses if the network has a DHCP server. */
#define NETWORK_HAS_DHCP "dhcp"

/* For the verb network-move, in the place of an IPv6 address: a random unique local one, unless the network has one;
 * and none. */
#define NETWORK_IPV6_AUTO "auto"
#define NETWORK_IPV6_NONE "none"

/* The verb network-check prints one of these: all is well; the network is not active; its bridge has been removed; its
 * rules in the host's firewall have; there is no such network; an earlier version of setup has made it. */
#define NETWORK_READY "ready"
#define NETWORK_INACTIVE "inactive"
#define NETWORK_NO_BRIDGE "no-bridge"
#define NETWORK_NO_RULES "no-rules"
#define NETWORK_ABSENT "absent"
#define NETWORK_OUTDATED "outdated"

/* Runs 'verb' with 'name' on the libvirt at 'connect', and waits. Stores up to 4 KiB of its standard output in *ret
 * (caller frees). 0; -ECANCELED if it failed, after its own message; or another -errno after a message. */
int virt_client_run(const char *connect, const char *verb, const char *name, char **ret);
