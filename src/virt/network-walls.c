/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls of the network that setup makes, in the two places where the kernel can have them.
 *
 * Two tables of nftables, whose rules are rows of rules[]. One sees each frame that comes from a container's interface,
 * before the bridge learns anything from it; a chain for each interface says what may come from there. The other sees
 * packets for the host itself, and those that the host would route back to the same network. They match interfaces by
 * name, so they stand before the interface exists.
 *
 * Settings of the bridge's ports. They stand even if somebody flushes all rules of the host, and they work on bridges
 * that are not ours, where we add no rules.
 *
 * All values in the rules come from the record: addresses in their normal form, and names that we made. */
#include "virt/network-walls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nftables/libnftables.h>

#include "base/buf.h"
#include "base/context.h"
#include "base/ipv4.h"
#include "base/log.h"
#include "base/netlink.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "virt/verbs.h"

#define TABLE "virt_sandbox"
#define BRIDGE "bridge " TABLE
#define INET "inet " TABLE

static const struct {
	const char *table, *name, *type;
} sets[] = {
	{ BRIDGE, "set ours", "type ifname" },		  /* containers' interfaces */
	{ BRIDGE, "set neighbours", "type ifname" },	  /* those that may reach each other */
	{ BRIDGE, "map ports", "type ifname : verdict" }, /* what may come from each */
	{ INET, "set neighbours", "type ipv4_addr" },	  /* addresses of those that may reach each other */
	{ INET, "set host_access", "type ether_addr" },	  /* those that may reach all of the host */
};

/* In the bridge's table before br_netfilter, and in the other one before the host's own firewall: a packet has to pass
 * both, but only what we let through is worth the firewall's while. 'any' has no hook: chains of interfaces jump to it.
 * The numbers are those of <linux/netfilter_bridge.h> and <linux/netfilter_ipv4.h>. */
static const struct {
	const char *table, *name, *hook;
} chains[] = {
	{ BRIDGE, "any", "" },
	{ BRIDGE, "from", "{ type filter hook prerouting priority -310; }" },
	{ BRIDGE, "between", "{ type filter hook forward priority -310; }" },
	{ INET, "input", "{ type filter hook input priority -10; }" },
	{ INET, "forward", "{ type filter hook forward priority -10; }" },
};

/* Protocols are numbers, because their names would have to be looked up in the host's databases. The kernel keeps each
 * reason with its rule; 'nft list table' shows it. */
static const struct {
	const char *chain, *rule, *reason; /* at most 128 bytes */
} rules[] = {
	{ BRIDGE " any", "ether type != { ip, arp } drop",
	  "no IPv6 here: no router advertisements, no forged neighbours; nothing for the bridge itself" },
	{ BRIDGE " any", "ether type ip ip daddr { 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192 } drop",
	  "clouds answer there with the host's credentials" },
	{ BRIDGE " any", "ether type ip ip protocol 2 drop", "the bridge has one table of multicast groups for all" },
	{ BRIDGE " any", "ether type arp arp htype != 1 drop", "another layout, in which addresses lie elsewhere" },
	{ BRIDGE " any", "ether type arp arp ptype != 0x0800 drop", "another layout, too" },
	{ BRIDGE " any", "ether type arp arp hlen != 6 drop", "another layout, too" },
	{ BRIDGE " any", "ether type arp arp plen != 4 drop", "another layout, too" },
	{ BRIDGE " any", "ether type arp arp operation != { request, reply } drop", "nobody needs the others" },
	{ BRIDGE " from", "iifname vmap @ports", "each interface has a chain" },
	{ BRIDGE " between", "iifname @neighbours oifname @neighbours accept", "both were made with neighbours=yes" },
	{ BRIDGE " between", "iifname @ours oifname @ours drop", "containers do not reach each other" },
	{ INET " input", "iifname != \"" NETWORK_BRIDGE "\" accept", "not from a container" },
	{ INET " input", "ct state established,related accept", "answers, to published ports among others" },
	{ INET " input", "ether saddr @host_access accept", "made with --host-access" },
	{ INET " input", "fib daddr . iif type local meta l4proto { 6, 17 } th dport 53 accept",
	  "libvirt's name server" },
	{ INET " input", "meta l4proto 17 th sport 68 th dport 67 accept", "libvirt's DHCP server" },
	{ INET " input", "meta l4proto 1 icmp type echo-request accept", "whether the gateway is there" },
	{ INET " input", "drop", "services of the host are not for containers" },
	{ INET " forward", "iifname != \"" NETWORK_BRIDGE "\" accept", "not from a container" },
	{ INET " forward", "oifname != \"" NETWORK_BRIDGE "\" accept", "not to one" },
	{ INET " forward", "ip saddr @neighbours ip daddr @neighbours accept", "both were made with neighbours=yes" },
	{ INET " forward", "drop", "containers do not reach each other by way of the host either" },
};

/* Every line is such that it can be repeated. */
static void add_definitions(struct buf *text)
{
	buf_addf(text, "add table " BRIDGE "\nadd table " INET "\n");
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		size_t kind = strcspn(sets[i].name, " ");

		buf_addf(text, "add %.*s %s%s { %s; }\n", (int)kind, sets[i].name, sets[i].table, sets[i].name + kind,
			 sets[i].type);
	}
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
		buf_addf(text, "add chain %s %s %s\n", chains[i].table, chains[i].name, chains[i].hook);
}

static void add_rules(struct buf *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(chains); i++)
		buf_addf(text, "flush chain %s %s\n", chains[i].table, chains[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		buf_addf(text, "add rule %s %s comment \"%s\"\n", rules[i].chain, rules[i].rule, rules[i].reason);
}

/* An element that must not be there may be there: left by a container that had this address before. Added first, it can
 * be deleted in either case. */
static void set_element(struct buf *text, const char *set, bool there, const char *element)
{
	buf_addf(text, "add element %s { %s }\n", set, element);
	if (!there)
		buf_addf(text, "delete element %s { %s }\n", set, element);
}

/* What may come from an interface. The address of a container with DHCP is not known beforehand. */
static void add_chain(struct buf *text, const char *name, const struct net *net)
{
	_cleanup_(freep) char *address = ipv4_format(net->address.address);

	buf_addf(text, "add chain " BRIDGE " %s\nflush chain " BRIDGE " %s\n", name, name);
	buf_addf(text, "add rule " BRIDGE " %s ether saddr != %s drop\n", name, net->mac);
	buf_addf(text, "add rule " BRIDGE " %s jump any\n", name);
	buf_addf(text, "add rule " BRIDGE " %s ether type arp arp saddr ether != %s drop\n", name, net->mac);
	if (net->dhcp)
		return;
	buf_addf(text, "add rule " BRIDGE " %s ether type ip ip saddr %s accept\n", name, address);
	buf_addf(text, "add rule " BRIDGE " %s ether type arp arp saddr ip %s accept\n", name, address);
	/* It may ask whether somebody else has its address (RFC 5227). */
	buf_addf(text, "add rule " BRIDGE " %s ether type arp arp saddr ip 0.0.0.0 arp daddr ip %s accept\n", name,
		 address);
	buf_addf(text, "add rule " BRIDGE " %s drop\n", name);
}

/* 'there': the container may run; otherwise nothing of it stays. */
static bool add_container(struct buf *text, const struct record *record, bool there)
{
	bool any = false;

	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *name = host_interface_name(record->name, i);
		_cleanup_(freep) char *quoted = xasprintf("\"%s\"", name);
		_cleanup_(freep) char *verdict = xasprintf("\"%s\" : jump %s", name, name);
		_cleanup_(freep) char *address = ipv4_format(net->address.address);

		if (!net_is_ours(net) || !*net->mac)
			continue;
		any = true;
		add_chain(text, name, net);
		set_element(text, BRIDGE " ours", there, quoted);
		set_element(text, BRIDGE " ports", there, verdict);
		set_element(text, BRIDGE " neighbours", there && net->neighbours, quoted);
		set_element(text, INET " host_access", there && record->host_access, net->mac);
		if (net->address.address)
			set_element(text, INET " neighbours", there && net->neighbours, address);
		if (!there)
			buf_addf(text, "flush chain " BRIDGE " %s\ndelete chain " BRIDGE " %s\n", name, name);
	}
	return any;
}

static int add_containers(const struct context *context, struct buf *text)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = record_names(context->root_fd, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		_cleanup_(record_done) struct record record = { 0 };

		if (record_load(context->root_fd, names.v[i], &record) == 0 && record.state == RECORD_READY)
			add_container(text, &record, true);
	}
	return r;
}

static void nftp(struct nft_ctx **nft)
{
	if (*nft)
		nft_ctx_free(*nft);
}

/* All of 'text' or none of it. 0 with what nft prints, or -EIO with why not. Both are one string, which the caller
 * frees; 'ret' may be NULL. */
static int apply(const char *text, char **ret)
{
	_cleanup_(nftp) struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	int r;

	if (!nft || nft_ctx_buffer_error(nft) != 0 || nft_ctx_buffer_output(nft) != 0)
		return -ENOMEM;
	r = nft_run_cmd_from_buffer(nft, text) == 0 ? 0 : -EIO;
	if (ret)
		*ret = xstrdup(r == 0 ? nft_ctx_get_output_buffer(nft) : nft_ctx_get_error_buffer(nft));
	return r;
}

/* Cuts what apply() says to its first line, which has the reason: nft repeats the command below it. 'why' is NULL if
 * there was no memory for it. */
static const char *reason(char *why)
{
	if (!why)
		return "out of memory";
	why[strcspn(why, "\n")] = '\0';
	return why;
}

static int put(const struct buf *text)
{
	_cleanup_(freep) char *why = NULL;
	int r = apply(text->text, &why);

	if (r < 0)
		log_error("Cannot put the walls of network '" NETWORK "': %s. They need nftables with tables of "
			  "family 'bridge' in the kernel; a container on another network can do without.",
			  reason(why));
	return r;
}

static int put_all(const struct context *context)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	add_definitions(&text);
	add_rules(&text);
	r = add_containers(context, &text);
	return r < 0 ? r : put(&text);
}

/* Whether the chain to which the kernel comes first has its rule. Flushing a table empties all its chains, so without
 * that rule those of other containers are empty, too. */
static bool begins(void)
{
	_cleanup_(freep) char *chain = NULL;

	return apply("list chain " BRIDGE " from\n", &chain) == 0 && strstr(chain, "@ports");
}

int walls_put(const struct context *context, const struct record *record)
{
	_cleanup_(buf_done) struct buf text = { 0 };

	add_rules(&text);
	if (!add_container(&text, record, true))
		return 0;
	/* This fails where a part of the tables is gone. */
	if (begins() && apply(text.text, NULL) == 0)
		return 0;
	return put_all(context);
}

void walls_remove(const struct record *record)
{
	_cleanup_(buf_done) struct buf text = { 0 };

	if (add_container(&text, record, false))
		(void)apply(text.text, NULL);
}

int walls_lock_ports(const struct record *record)
{
	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *name = host_interface_name(record->name, i);
		int r = *net->mac ? netlink_lock_port(name, net->mac, !net->neighbours) : 0;

		if (r < 0)
			return log_error_errno(r, "Cannot lock bridge port '%s' of container '%s': %m", name,
					       record->name);
	}
	return 0;
}

static bool stand(void)
{
	_cleanup_(freep) char *bridge = NULL, *inet = NULL;

	/* They fail where there is no such table. */
	if (apply("list table " BRIDGE "\n", &bridge) < 0 || apply("list table " INET "\n", &inet) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (!strstr(strncmp(rules[i].chain, INET, strlen(INET)) == 0 ? inet : bridge, rules[i].reason))
			return false;
	return !strstr(bridge, "{\n\t}"); /* a chain of a container that somebody has flushed */
}

int verb_walls_make(const struct context *context, const char *name)
{
	bool stood = stand();
	int r = put_all(context);

	(void)name;
	if (r == 0)
		fputs(stood ? "ready" : "made", stdout);
	return r;
}

int verb_walls_show(const struct context *context, const char *name)
{
	(void)context;
	(void)name;
	if (stand())
		fputs("up", stdout);
	return 0;
}

int verb_walls_remove(const struct context *context, const char *name)
{
	static const char *const tables[] = { BRIDGE, INET };
	_cleanup_(buf_done) struct buf text = { 0 };
	_cleanup_(freep) char *why = NULL;
	int r;

	(void)context;
	(void)name;
	/* A kernel that cannot have a table of one family refuses even to add it, so only what is there is named. */
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		_cleanup_(freep) char *list = xasprintf("list table %s\n", tables[i]);

		r = apply(list, NULL);
		if (r == 0)
			buf_addf(&text, "delete table %s\n", tables[i]);
		else if (r == -ENOMEM)
			return log_error_errno(r, "Cannot look for the walls of network '" NETWORK "': %m");
	}
	r = text.len > 0 ? apply(text.text, &why) : 0;
	if (r < 0)
		log_error("Cannot remove the walls of network '" NETWORK "': %s; 'nft list tables' shows "
			  "what is left of them.",
			  reason(why));
	return r;
}
