/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running the program that loads libvirt. */
#pragma once

/* The verb network-show prints this word after the address if the network has a DHCP server. */
#define NETWORK_HAS_DHCP "dhcp"

/* Runs 'verb' with 'name' on the libvirt at 'connect', and waits. Stores up to 4 KiB of its standard output in *ret
 * (caller frees). 0; -ECANCELED if it failed, after its own message; or another -errno after a message. */
int virt_client_run(const char *connect, const char *verb, const char *name, char **ret);
