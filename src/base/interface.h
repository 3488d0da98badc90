/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The libvirt network that setup makes, and what the kernel says of the host's end of it. */
#pragma once

#include <stdint.h>

struct net_range;

#define NETWORK "sandbox"
#define NETWORK_BRIDGE "sandbox0"

/* After the address in what the internal verb network-show prints. */
#define NETWORK_HAS_DHCP "dhcp"

/* 0, or -EADDRINUSE when it is one of the host's own IPv4 addresses. In host byte order. */
int net_check_foreign(uint32_t address);

/* The first IPv4 address of a network interface of the host and its prefix. 0 or -ENOENT. */
int net_of_interface(const char *name, struct net_range *ret);
