/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses of the host's network interfaces, by getifaddrs(3). */
#include "base/interface.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/ipv6.h"

static uint32_t ipv4(const struct sockaddr *address)
{
	struct sockaddr_in in;

	memcpy(&in, address, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

int interface_check_foreign(uint32_t address)
{
	struct ifaddrs *all;
	int r = 0;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET && ipv4(i->ifa_addr) == address)
			r = -EADDRINUSE;
	freeifaddrs(all);
	return r;
}

int interface_range(const char *name, struct ipv4_range *ret)
{
	struct ifaddrs *all;
	int r = -ENOENT;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (struct ifaddrs *i = all; i && r < 0; i = i->ifa_next) {
		if (strcmp(i->ifa_name, name) != 0 || !i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
		    !i->ifa_netmask)
			continue;
		*ret = (struct ipv4_range){ ipv4(i->ifa_addr), (unsigned int)__builtin_popcount(ipv4(i->ifa_netmask)) };
		r = 0;
	}
	freeifaddrs(all);
	return r;
}

static struct in6_addr ipv6(const struct sockaddr *address)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, address, sizeof(in6));
	return in6.sin6_addr;
}

static unsigned int prefix_of(const struct in6_addr *mask)
{
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(mask->s6_addr); i++)
		n += (unsigned int)__builtin_popcount(mask->s6_addr[i]);
	return n;
}

int interface_range6(const char *name, struct ipv6_range *ret)
{
	struct ifaddrs *all;
	int r = -ENOENT;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (struct ifaddrs *i = all; i && r < 0; i = i->ifa_next) {
		struct in6_addr address, mask;

		if (strcmp(i->ifa_name, name) != 0 || !i->ifa_addr || i->ifa_addr->sa_family != AF_INET6 ||
		    !i->ifa_netmask)
			continue;
		address = ipv6(i->ifa_addr);
		mask = ipv6(i->ifa_netmask);
		if (!ipv6_is_host(&address))
			continue;
		*ret = (struct ipv6_range){ address, prefix_of(&mask) };
		r = 0;
	}
	freeifaddrs(all);
	return r;
}
