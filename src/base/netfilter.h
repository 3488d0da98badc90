/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dumps of the kernel's packet filter and of the connections that it tracks, by netlink(7), without a program or a
 * library that the host may not have. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct nlattr;

/* Sends the request 'type' (a subsystem and a message of <linux/netfilter/nfnetlink.h>) for one family of addresses,
 * and calls 'each' with the attributes of each answer, 'length' bytes. 0; -errno; or what 'each' returned if that was
 * not 0, which ends the dump. A kernel without the subsystem refuses with -EINVAL. Needs CAP_NET_ADMIN. */
int netfilter_dump(uint16_t type, uint8_t family, int (*each)(void *at, const struct nlattr *first, size_t length),
		   void *at);

/* The same for a request of one message with attributes, to which the kernel only says whether it did that. 0 or
 * -errno. */
int netfilter_change(uint16_t type, uint8_t family, const void *attributes, size_t length);
