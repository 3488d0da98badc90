/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv6 addresses as text: only one spelling of each is used and compared. */
#include "base/ipv6.h"

#include <arpa/inet.h>

#include "base/util.h"

char *ipv6_normal(const char *text)
{
	char normal[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (inet_pton(AF_INET6, text, &address) != 1)
		return NULL;
	return inet_ntop(AF_INET6, &address, normal, sizeof(normal)) ? xstrdup(normal) : NULL;
}
