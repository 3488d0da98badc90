/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses of the host's network interfaces. */
#pragma once

#include <stdint.h>

struct ipv4_range;
struct ipv6_range;

/* 0, or -EADDRINUSE if 'address', in host byte order, is one of the host's own IPv4 addresses. */
int interface_check_foreign(uint32_t address);

/* The first IPv4 address of a network interface of the host and its prefix. 0 or -ENOENT. */
int interface_range(const char *name, struct ipv4_range *ret);

/* The same for IPv6, of those addresses that others can reach by routers. */
int interface_range6(const char *name, struct ipv6_range *ret);
