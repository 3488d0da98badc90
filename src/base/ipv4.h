/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv4 addresses, networks and hardware addresses as numbers and text. Pure. */
#pragma once

#include "base/strv.h"

/* An address, in host byte order, with the prefix length of its network. An interface has one; libvirt describes a
 * network by one, which is the host's own address in it. */
struct ipv4_range {
	uint32_t address;
	unsigned int prefix;
};

int ipv4_parse(const char *text, uint32_t *ret); /* 'a.b.c.d': 0 or -EINVAL */
char *ipv4_format(uint32_t address);		 /* caller frees */

/* Prefix length of a netmask or of a number in digits: 0 or -EINVAL. */
int ipv4_parse_prefix(const char *netmask, const char *prefix, unsigned int *ret);

/* 'a.b.c.d/prefix': 0 or -EINVAL. */
int ipv4_parse_range(const char *text, struct ipv4_range *ret);

/* The text from which ipv4_parse_range() reads the range. Caller frees. */
char *ipv4_format_range(const struct ipv4_range *range);

uint32_t ipv4_network(const struct ipv4_range *range); /* the network's own address */
uint32_t ipv4_broadcast(const struct ipv4_range *range);

/* Whether a single host can have the address: it is not in 0.0.0.0/8, and neither a loopback nor a multicast
 * address. */
bool ipv4_is_host(uint32_t address);

/* Whether a host in the network can have the address. The address of the range itself counts as one. */
bool ipv4_usable(const struct ipv4_range *range, uint32_t address);

/* Whether a host with the address and prefix length 'own' is in 'network', and can have that address there. */
bool ipv4_fits(const struct ipv4_range *network, const struct ipv4_range *own);

/* Whether an address can be in both networks. */
bool ipv4_overlap(const struct ipv4_range *a, const struct ipv4_range *b);

/* Picks the first free address after a place that 'seed' determines, but not that of the network, the broadcast
 * address, or the range's own. 0 or -ENOSPC. */
int ipv4_pick(const struct ipv4_range *range, const uint32_t *used, size_t n, uint64_t seed, uint32_t *ret);

/* Appends those IPv4 name servers of a resolv.conf(5) that can be reached not only from the host itself. */
void ipv4_parse_resolv(const char *text, struct strv *ret);

/* '52:54:00:xx:xx:xx' from the last 24 bits of the address: the same every time, so that no neighbour's ARP entry goes
 * stale, and unique within any network up to a /8. Caller frees. */
char *ipv4_mac(uint32_t address);

/* The first of our candidate /16 networks that overlaps none of the host's routes ('dest/prefix' ranges). 0 or
 * -ENOSPC. */
int ipv4_pick_network(const struct ipv4_range *taken, size_t n, struct ipv4_range *ret);
