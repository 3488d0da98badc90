/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for libvirt's rules among those of nf_tables (<linux/netfilter/nf_tables.h>), where today's iptables(8) keeps
 * its own, too. */
#include "virt/network-rules.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/context.h"
#include "base/netfilter.h"
#include "base/nlattr.h"
#include "base/rootfd.h"
#include "base/util.h"

#define BRIDGE "" /* stands for the name of the bridge */

/* libvirt has two ways to make its rules. Those of a way have to be there all; the last column is what each names. */
static const struct expected {
	unsigned int way;
	const char *table, *chain, *names; /* NULL: anything */
	bool nat;			   /* only for a network with NAT */
} expected[] = {
	{ 0, "filter", "FORWARD", "LIBVIRT_FWO", false },
	{ 0, "filter", "LIBVIRT_FWO", BRIDGE, false },
	{ 0, "nat", "POSTROUTING", "LIBVIRT_PRT", true },
	{ 0, "nat", "LIBVIRT_PRT", NULL, true },
	/* libvirt 10.4 */
	{ 1, "libvirt_network", "guest_output", BRIDGE, false },
	{ 1, "libvirt_network", "guest_nat", NULL, true },
};

struct search {
	const char *bridge;
	bool found[ARRAY_SIZE(expected)];
};

/* The string in an attribute, or "". */
static const char *text_of(const struct nlattr *first, size_t length, uint16_t type)
{
	const struct nlattr *a = nlattr_find(first, length, type, 1);

	return a && memchr(a + 1, '\0', a->nla_len - NLA_HDRLEN) ? (const char *)(a + 1) : "";
}

/* Names of chains and interfaces are in a rule as they are, wherever its expressions have them. */
static int look_at_rule(void *at, const struct nlattr *first, size_t length)
{
	struct search *search = at;
	const char *table = text_of(first, length, NFTA_RULE_TABLE), *chain = text_of(first, length, NFTA_RULE_CHAIN);

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct expected *e = &expected[i];
		const char *names = e->names && !*e->names ? search->bridge : e->names;

		if (strcmp(e->table, table) == 0 && strcmp(e->chain, chain) == 0 &&
		    (!names || memmem(first, length, names, strlen(names) + 1)))
			search->found[i] = true;
	}
	return 0;
}

/* proc(5) does not have it: the tables of the old iptables, one a line. */
static bool has_old_tables(const struct context *context)
{
	_cleanup_(freep) char *tables = NULL;

	return rootfd_read(context->root_fd, "/proc/net/ip_tables_names", WALK_ROOT, 4096, &tables, NULL) == 0 &&
	       *tables;
}

int network_rules_stand(const struct context *context, const char *bridge, bool nat)
{
	struct search search = { .bridge = bridge };
	bool ways[2] = { true, true };
	int r = netfilter_dump(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, AF_INET, look_at_rule, &search);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ways[expected[i].way] &= search.found[i] || (expected[i].nat && !nat);
	return ways[0] || ways[1] || has_old_tables(context);
}
