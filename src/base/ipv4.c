/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv4 addresses, networks and hardware addresses as numbers and text. Pure: nothing here looks at the host. */
#include "base/ipv4.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define NAME_SERVERS 3 /* resolv.conf(5) allows no more */

int ipv4_parse(const char *text, uint32_t *ret)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		return -EINVAL;
	*ret = ntohl(a.s_addr);
	return 0;
}

char *ipv4_format(uint32_t address)
{
	return xasprintf("%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
}

static uint32_t netmask_of(unsigned int prefix)
{
	return prefix ? ~UINT32_C(0) << (32 - prefix) : 0;
}

int ipv4_parse_prefix(const char *netmask, const char *prefix, unsigned int *ret)
{
	uint64_t n = 0;
	uint32_t mask;

	if (*prefix)
		return parse_u64(prefix, 32, &n) < 0 ? -EINVAL : (*ret = (unsigned int)n, 0);
	if (ipv4_parse(netmask, &mask) < 0)
		return -EINVAL;
	while (n < 32 && mask & UINT32_C(1) << (31 - n))
		n++;
	if (mask != netmask_of((unsigned int)n))
		return -EINVAL;
	*ret = (unsigned int)n;
	return 0;
}

int ipv4_parse_range(const char *text, struct ipv4_range *ret)
{
	const char *slash = strchr(text, '/');
	_cleanup_(freep) char *address = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;
	struct ipv4_range range;

	if (!slash || ipv4_parse(address, &range.address) < 0 || ipv4_parse_prefix("", slash + 1, &range.prefix) < 0)
		return -EINVAL;
	*ret = range;
	return 0;
}

char *ipv4_format_range(const struct ipv4_range *range)
{
	_cleanup_(freep) char *address = ipv4_format(range->address);

	return xasprintf("%s/%u", address, range->prefix);
}

uint32_t ipv4_network(const struct ipv4_range *range)
{
	return range->address & netmask_of(range->prefix);
}

uint32_t ipv4_broadcast(const struct ipv4_range *range)
{
	return range->address | ~netmask_of(range->prefix);
}

bool ipv4_is_host(uint32_t address)
{
	uint32_t first = address >> 24;

	return first > 0 && first != 127 && first < 224;
}

bool ipv4_usable(const struct ipv4_range *range, uint32_t address)
{
	if ((address ^ range->address) & netmask_of(range->prefix))
		return false;
	/* In networks of one or two addresses, hosts may have all of them. */
	return range->prefix > 30 || (address != ipv4_broadcast(range) && address != ipv4_network(range));
}

bool ipv4_fits(const struct ipv4_range *network, const struct ipv4_range *own)
{
	return network->prefix == own->prefix && ipv4_usable(network, own->address);
}

static bool is_used(uint32_t address, const uint32_t *used, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (used[i] == address)
			return true;
	return false;
}

int ipv4_pick(const struct ipv4_range *range, const uint32_t *used, size_t n, uint64_t seed, uint32_t *ret)
{
	uint32_t network = ipv4_network(range);
	uint64_t hosts = (uint64_t)(ipv4_broadcast(range) - network) + 1;

	if (hosts < 4)
		return -ENOSPC;
	for (uint64_t i = 0; i < hosts - 2; i++) {
		uint32_t address = network + 1 + (uint32_t)((seed + i) % (hosts - 2));

		if (address == range->address || is_used(address, used, n))
			continue;
		*ret = address;
		return 0;
	}
	return -ENOSPC;
}

void ipv4_parse_resolv(const char *text, struct strv *ret)
{
	for (; *text && ret->n < NAME_SERVERS; text += strcspn(text, "\n"), text += *text == '\n') {
		_cleanup_(freep) char *line = xstrndup(text, strcspn(text, "\n"));
		_cleanup_(strv_done) struct strv words = { 0 };
		uint32_t address;

		strv_split(&words, line, " \t\r");
		if (words.n >= 2 && strcmp(words.v[0], "nameserver") == 0 && ipv4_parse(words.v[1], &address) == 0 &&
		    ipv4_is_host(address))
			strv_add(ret, words.v[1]);
	}
}

char *ipv4_mac(uint32_t address)
{
	return xasprintf("52:54:00:%02x:%02x:%02x", address >> 16 & 255, address >> 8 & 255, address & 255);
}

bool ipv4_overlap(const struct ipv4_range *a, const struct ipv4_range *b)
{
	uint32_t mask = netmask_of(a->prefix < b->prefix ? a->prefix : b->prefix);

	return ((a->address ^ b->address) & mask) == 0;
}

int ipv4_pick_network(const struct ipv4_range *taken, size_t n, struct ipv4_range *ret)
{
	/* Private (RFC 1918) networks that are rarely used: 172.31.0.0/16 downwards, then 10.254.0.0/16 downwards. */
	for (unsigned int i = 0; i < 16 + 255; i++) {
		uint32_t network =
			i < 16 ? (UINT32_C(172) << 24 | (31 - i) << 16) : (UINT32_C(10) << 24 | (270 - i) << 16);
		struct ipv4_range candidate = { network + 1, 16 };
		bool free_one = true;

		for (size_t k = 0; k < n && free_one; k++)
			free_one = taken[k].prefix == 0 || !ipv4_overlap(&candidate, &taken[k]);
		if (free_one) {
			*ret = candidate;
			return 0;
		}
	}
	return -ENOSPC;
}
