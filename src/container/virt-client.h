/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running the program that loads libvirt. */
#pragma once

/* After the address in what the verb network-show prints: the network has a DHCP server. */
#define NETWORK_HAS_DHCP "dhcp"

/* Runs 'verb' with 'name' over the libvirt at 'connect' and waits. What it printed on standard output, at most 4 KiB,
 * is stored in *ret (caller frees). 0; -ECANCELED when it failed, having said why; or another -errno after a
 * message. */
int virt_client_run(const char *connect, const char *verb, const char *name, char **ret);
