/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv6 addresses are 16 bytes in network order; only one spelling of each is used and compared. */
#include "base/ipv6.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <string.h>

#include "base/util.h"

char *ipv6_format(const struct in6_addr *address)
{
	char normal[INET6_ADDRSTRLEN] = "";

	inet_ntop(AF_INET6, address, normal, sizeof(normal));
	return xstrdup(normal);
}

char *ipv6_normal(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET6, text, &address) == 1 ? ipv6_format(&address) : NULL;
}

char *ipv6_format_range(const struct ipv6_range *range)
{
	_cleanup_(freep) char *address = ipv6_format(&range->address);

	return xasprintf("%s/%u", address, range->prefix);
}

int ipv6_parse_range(const char *text, struct ipv6_range *ret)
{
	const char *slash = strchr(text, '/');
	_cleanup_(freep) char *address = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;
	struct ipv6_range range = { .prefix = IPV6_PREFIX };

	if (!slash || strcmp(slash, "/64") != 0 || inet_pton(AF_INET6, address, &range.address) != 1)
		return -EINVAL;
	*ret = range;
	return 0;
}

bool ipv6_is_host(const struct in6_addr *address)
{
	return (address->s6_addr[0] & 0xe0) == 0x20 || (address->s6_addr[0] & 0xfe) == 0xfc;
}

bool ipv6_same(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool ipv6_overlap(const struct ipv6_range *a, const struct ipv6_range *b)
{
	unsigned int bits = a->prefix < b->prefix ? a->prefix : b->prefix;

	for (unsigned int i = 0; i < sizeof(a->address) && i * 8 < bits; i++) {
		unsigned int rest = bits - i * 8;
		unsigned char mask = (unsigned char)(rest < 8 ? 0xff << (8 - rest) : 0xff);

		if ((a->address.s6_addr[i] ^ b->address.s6_addr[i]) & mask)
			return false;
	}
	return true;
}

bool ipv6_same_network(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, IPV6_PREFIX / 8) == 0;
}

struct in6_addr ipv6_derive(const struct in6_addr *network, uint32_t ipv4, uint32_t variant)
{
	const uint32_t words[] = { htonl(variant), htonl(ipv4) };
	struct in6_addr address = *network;

	memcpy(address.s6_addr + IPV6_PREFIX / 8, words, sizeof(words));
	return address;
}

struct in6_addr ipv6_network(const struct in6_addr *address)
{
	return ipv6_derive(address, 0, 0);
}

struct in6_addr ipv6_router(const struct in6_addr *address)
{
	return ipv6_derive(address, 1, 0);
}

int ipv6_link_local(const char *mac, struct in6_addr *ret)
{
	struct ether_addr hardware;

	if (!ether_aton_r(mac, &hardware))
		return -EINVAL;
	*ret = (struct in6_addr){ .s6_addr = { 0xfe, 0x80, [11] = 0xff, [12] = 0xfe } };
	memcpy(ret->s6_addr + 8, hardware.ether_addr_octet, 3);
	memcpy(ret->s6_addr + 13, hardware.ether_addr_octet + 3, 3);
	ret->s6_addr[8] ^= 2;
	return 0;
}
