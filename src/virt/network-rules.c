/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for libvirt's rules among those of nf_tables, where today's iptables(8) keeps its own, too: a dump by
 * netlink(7) (linux/netfilter/nf_tables.h), without a program that the host may not have. */
#include "virt/network-rules.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/context.h"
#include "base/rootfd.h"
#include "base/util.h"

#define DUMP_SIZE (64 * 1024) /* a kernel that has more to say sends more messages */
#define BRIDGE ""	      /* stands for the name of the bridge */

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

static const char *attribute(const char *data, size_t size, int type)
{
	while (size >= sizeof(struct nlattr)) {
		const struct nlattr *a = (const struct nlattr *)data;
		size_t whole = NLA_ALIGN(a->nla_len);

		if (a->nla_len < sizeof(*a) || a->nla_len > size)
			break;
		if ((a->nla_type & NLA_TYPE_MASK) == type && memchr(data + NLA_HDRLEN, '\0', a->nla_len - NLA_HDRLEN))
			return data + NLA_HDRLEN;
		if (whole >= size)
			break;
		data += whole;
		size -= whole;
	}
	return "";
}

/* Names of chains and interfaces are in a rule as they are, wherever its expressions have them. */
static void look_at_rule(struct search *search, const char *data, size_t size)
{
	const char *table = attribute(data, size, NFTA_RULE_TABLE), *chain = attribute(data, size, NFTA_RULE_CHAIN);

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct expected *e = &expected[i];
		const char *names = e->names && !*e->names ? search->bridge : e->names;

		if (strcmp(e->table, table) == 0 && strcmp(e->chain, chain) == 0 &&
		    (!names || memmem(data, size, names, strlen(names) + 1)))
			search->found[i] = true;
	}
}

/* 1 if more follows, 0 at the end, or -errno. */
static int look_at_messages(struct search *search, const char *data, size_t size)
{
	while (size >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *head = (const struct nlmsghdr *)data;
		const size_t skip = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));
		size_t whole = NLMSG_ALIGN(head->nlmsg_len);

		if (head->nlmsg_len < sizeof(*head) || head->nlmsg_len > size)
			return -EBADMSG;
		if (head->nlmsg_type == NLMSG_DONE)
			return 0;
		if (head->nlmsg_type == NLMSG_ERROR)
			return head->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))
				       ? -EBADMSG
				       : ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
		if (head->nlmsg_len > skip)
			look_at_rule(search, data + skip, head->nlmsg_len - skip);
		if (whole >= size)
			break;
		data += whole;
		size -= whole;
	}
	return 1;
}

static int dump(struct search *search)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg body;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .nfgen_family = AF_INET },
	};
	_cleanup_(closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	_cleanup_(freep) char *data = xcalloc(DUMP_SIZE, 1);
	int r = 1;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (r > 0) {
		ssize_t n = recv(fd, data, DUMP_SIZE, MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : n > DUMP_SIZE ? -EMSGSIZE : look_at_messages(search, data, (size_t)n);
	}
	return r;
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
	int r = dump(&search);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ways[expected[i].way] &= search.found[i] || (expected[i].nat && !nat);
	return ways[0] || ways[1] || has_old_tables(context);
}
