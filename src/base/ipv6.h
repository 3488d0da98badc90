/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv6 addresses as numbers and text. Pure: nothing here looks at the host. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* All networks that we know have this prefix: with another one, hosts cannot choose addresses by themselves (RFC 4291,
 * 2.5.1). */
#define IPV6_PREFIX 64

/* An address with the prefix length of its network, which is 0 if there is no address. */
struct ipv6_range {
	struct in6_addr address;
	unsigned int prefix;
};

/* The address in its normal form (RFC 5952), without brackets and without a zone; or NULL if 'text' is not an IPv6
 * address. Caller frees. */
char *ipv6_normal(const char *text);

char *ipv6_format(const struct in6_addr *address);	 /* in its normal form; caller frees */
char *ipv6_format_range(const struct ipv6_range *range); /* 'address/prefix'; caller frees */

/* 'address/64': 0, or -EINVAL. */
int ipv6_parse_range(const char *text, struct ipv6_range *ret);

/* Whether a single host can have the address, and others can reach it by routers: global unicast (2000::/3) or unique
 * local (fc00::/7) addresses. */
bool ipv6_is_host(const struct in6_addr *address);

bool ipv6_same(const struct in6_addr *a, const struct in6_addr *b);

/* Whether both addresses are in the same network of IPV6_PREFIX. */
bool ipv6_same_network(const struct in6_addr *a, const struct in6_addr *b);

/* Whether the prefixes overlap, where either may be of any length. */
bool ipv6_overlap(const struct ipv6_range *a, const struct ipv6_range *b);

/* The network's own address, and its first one, which our routers have. */
struct in6_addr ipv6_network(const struct in6_addr *address);
struct in6_addr ipv6_router(const struct in6_addr *address);

/* The address in the network of 'network' whose last 32 bits are the IPv4 address 'ipv4' (host byte order), and whose
 * 32 bits before them are 'variant'. */
struct in6_addr ipv6_derive(const struct in6_addr *network, uint32_t ipv4, uint32_t variant);

/* The address of the link that the kernel gives an interface with the hardware address 'mac', 'xx:xx:xx:xx:xx:xx' (RFC
 * 4291, appendix A). 0, or -EINVAL. */
int ipv6_link_local(const char *mac, struct in6_addr *ret);
