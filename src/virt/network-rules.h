/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether libvirt's rules for a network are in the host's firewall. */
#pragma once

#include <stdbool.h>

struct context;

/* libvirt adds its rules when it starts a network, or itself, and does not notice when somebody flushes them. 1 if the
 * rules for a network with the bridge 'bridge', which has NAT or is routed, stand, 0 if not, or -errno. Rules of the
 * old iptables cannot be seen; they count as standing if there are any. Needs CAP_NET_ADMIN. */
int network_rules_stand(const struct context *context, const char *bridge, bool nat);
