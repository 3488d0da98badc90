/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The definition of a libvirt network: what setup defines, and what of a definition matters to us. Pure. */
#pragma once

#include <stdbool.h>

#include "base/ipv4.h"
#include "base/ipv6.h"

/* The host's addresses in the network. */
struct network_layout {
	struct ipv4_range range;
	struct ipv6_range range6; /* prefix 0 if it has no IPv6 */
};

/* The definition of the network that setup makes. 'name' and 'uuid' have no letter that XML minds. 'uuid' is that of
 * the network that it is to replace, or NULL. Caller frees. */
char *network_layout_xml(const char *name, const char *uuid, const struct network_layout *layout);

/* The addresses in a definition from libvirt. False if there is no IPv4 address. IPv6 counts only as setup defines it:
 * with a prefix of 64, and the first address of the network. */
bool network_layout_read(const char *xml, struct network_layout *ret);

bool network_layout_same(const struct network_layout *a, const struct network_layout *b);

/* Whether it has the form of what network_layout_xml() writes now, whatever else was added. */
bool network_layout_is_current(const char *xml);

/* Whether an earlier version of setup made this definition, and nobody has changed it since. An administrator may have
 * defined a network of that name, too, and that stays as it is. */
bool network_layout_is_outdated(const char *xml);
