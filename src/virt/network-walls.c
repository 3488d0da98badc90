/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walls of the network that setup makes, in the two places where the kernel can have them, and the translation of
 * addresses between it and the world.
 *
 * Two tables of nftables, whose rules are rows of rules[]. One sees each frame that comes from a container's interface,
 * before the bridge learns anything from it; a chain for each interface says what may come from there. The other sees
 * packets for the host itself, those that the host would route back to the same network, and those for a container from
 * elsewhere: only answers, and what comes by a published port, pass. Translation is there, too, instead of in libvirt's
 * own rules, which would refuse what comes by a published port. They match interfaces by name, so they stand before the
 * interface exists.
 *
 * Settings of the bridge's ports. They stand even if somebody flushes all rules of the host, and they work on bridges
 * that are not ours, where we add no rules.
 *
 * All values in the rules come from the record: addresses in their normal form, and names that we made. */
#include "virt/network-walls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nftables/libnftables.h>

#include "base/buf.h"
#include "base/context.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/log.h"
#include "base/netlink.h"
#include "base/rootfd.h"
#include "container/lock.h"
#include "container/paths.h"
#include "virt/flows.h"
#include "virt/network-members.h"
#include "virt/published-ports.h"
#include "virt/verbs.h"

#define TABLE "virt_sandbox"
#define BRIDGE "bridge " TABLE
#define INET "inet " TABLE
#define BRIDGE_NAME "\"" NETWORK_BRIDGE "\""
#define LOCK_NAME ".walls" /* no container has such a name */

static const struct {
	const char *table, *name, *type;
} sets[] = {
	{ BRIDGE, "set ours", "type ifname" },		  /* containers' interfaces */
	{ BRIDGE, "set neighbours", "type ifname" },	  /* those that may reach each other */
	{ BRIDGE, "map ports", "type ifname : verdict" }, /* what may come from each */
	{ INET, "set neighbours", "type ipv4_addr" },	  /* addresses of those that may reach each other */
	{ INET, "set neighbours6", "type ipv6_addr" },
	{ INET, "set host_access", "type ether_addr" }, /* those that may reach all of the host */
	/* Where published ports lead: those of all addresses of the host, and those of one. */
	{ INET, "map " PUBLISHED_ALL, "type inet_proto . inet_service : ipv4_addr . inet_service" },
	{ INET, "map " PUBLISHED_ONE, "type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service" },
	{ INET, "map " PUBLISHED_ALL6, "type inet_proto . inet_service : ipv6_addr . inet_service" },
	{ INET, "map " PUBLISHED_ONE6, "type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service" },
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
	{ BRIDGE, "to", "{ type filter hook output priority -310; }" },
	{ INET, "input", "{ type filter hook input priority -10; }" },
	{ INET, "forward", "{ type filter hook forward priority -10; }" },
	{ INET, "ports", "" },
	/* Before what the host translates itself. */
	{ INET, "arriving", "{ type nat hook prerouting priority -101; }" },
	{ INET, "starting", "{ type nat hook output priority -101; }" },
	{ INET, "leaving", "{ type nat hook postrouting priority 99; }" },
};

/* Protocols are numbers, because their names would have to be looked up in the host's databases. The kernel keeps each
 * reason with its rule; 'nft list table' shows it. */
static const struct {
	const char *chain, *rule, *reason; /* at most 128 bytes */
} rules[] = {
	{ BRIDGE " any", "ether type != { ip, arp, ip6 } drop",
	  "nobody needs the others; nothing for the bridge itself" },
	{ BRIDGE " any", "ether type ip ip daddr { 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192 } drop",
	  "clouds answer there with the host's credentials" },
	{ BRIDGE " any", "ether type ip ip daddr 127.0.0.0/8 drop", "what the host has for itself alone" },
	{ BRIDGE " any", "ether type ip ip protocol 2 drop", "the bridge has one table of multicast groups for all" },
	{ BRIDGE " any", "ether type ip6 ip6 nexthdr { 0, 43, 60 } drop",
	  "headers before that of the protocol; groups, of which the bridge has one table for all" },
	{ BRIDGE " any",
	  "ether type ip6 ip6 daddr { fd00:ec2::254, fd20:ce::254, fd00:42::42, fd00:c1::a9fe:a9fe, fe80::a9fe:a9fe } "
	  "drop",
	  "clouds answer there, too" },
	{ BRIDGE " any", "ether type ip6 ip6 daddr { ::1, ::ffff:0:0/96 } drop", "what the host has for itself alone" },
	{ BRIDGE " any", "icmpv6 type != { 1-4, 128, 129, 135, 136 } drop",
	  "errors, echoes and neighbours: no router advertisements, no redirects" },
	{ BRIDGE " any", "ether type arp arp htype != 1 drop", "another layout, in which addresses lie elsewhere" },
	{ BRIDGE " any", "ether type arp arp ptype != 0x0800 drop", "another layout, too" },
	{ BRIDGE " any", "ether type arp arp hlen != 6 drop", "another layout, too" },
	{ BRIDGE " any", "ether type arp arp plen != 4 drop", "another layout, too" },
	{ BRIDGE " any", "ether type arp arp operation != { request, reply } drop", "nobody needs the others" },
	{ BRIDGE " from", "iifname vmap @ports", "each interface has a chain" },
	{ BRIDGE " between", "iifname @neighbours oifname @neighbours accept", "both were made with neighbours=yes" },
	{ BRIDGE " between", "iifname @ours oifname @ours drop", "containers do not reach each other" },
	{ BRIDGE " between", "oifname @ours icmpv6 type { 134, 137 } drop",
	  "a container's router is on record: no advertisements, no redirects" },
	{ BRIDGE " to", "oifname @ours icmpv6 type { 134, 137 } drop",
	  "the name server advertises the host as a router, and addresses that containers must not use" },
	{ INET " input", "iifname != " BRIDGE_NAME " accept", "not from a container" },
	{ INET " input", "ct state established,related accept", "answers, to published ports among others" },
	{ INET " input", "ether saddr @host_access accept", "made with --host-access" },
	{ INET " input", "fib daddr . iif type local meta l4proto { 6, 17 } th dport 53 accept",
	  "libvirt's name server" },
	{ INET " input", "meta nfproto ipv4 meta l4proto 17 th sport 68 th dport 67 accept", "libvirt's DHCP server" },
	{ INET " input", "meta l4proto 1 icmp type echo-request accept", "whether the gateway is there" },
	{ INET " input", "icmpv6 type { 128, 135, 136 } accept", "the same, and where it is" },
	{ INET " input", "drop", "services of the host are not for containers" },
	{ INET " forward", "oifname != " BRIDGE_NAME " accept", "not to a container" },
	{ INET " forward", "ct state established,related accept", "answers" },
	{ INET " forward", "ct status dnat accept", "by a published port" },
	{ INET " forward", "iifname " BRIDGE_NAME " ip saddr @neighbours ip daddr @neighbours accept",
	  "both were made with neighbours=yes" },
	{ INET " forward", "iifname " BRIDGE_NAME " ip6 saddr @neighbours6 ip6 daddr @neighbours6 accept",
	  "both were made with neighbours=yes" },
	{ INET " forward", "iifname " BRIDGE_NAME " ip6 hoplimit 255 icmpv6 type { 135, 136 } accept",
	  "never what the host routes, for it has counted a hop: with br_netfilter, bridged frames are here, too" },
	{ INET " forward", "drop", "nobody else reaches a container, by way of the host either" },
	{ INET " ports", "dnat ip to ip daddr . meta l4proto . th dport map @" PUBLISHED_ONE, "ports of one address" },
	{ INET " ports", "fib daddr type local dnat ip to meta l4proto . th dport map @" PUBLISHED_ALL,
	  "ports of all addresses" },
	{ INET " ports", "dnat ip6 to ip6 daddr . meta l4proto . th dport map @" PUBLISHED_ONE6,
	  "ports of one address" },
	{ INET " ports", "fib daddr type local dnat ip6 to meta l4proto . th dport map @" PUBLISHED_ALL6,
	  "ports of all addresses" },
	{ INET " arriving", "ip daddr 127.0.0.0/8 accept", "nobody else reaches what is published for the host alone" },
	{ INET " arriving", "jump ports", "clients elsewhere, and other containers" },
	{ INET " starting", "ip6 daddr ::1 accept", "the kernel does not forward what has this address" },
	{ INET " starting", "jump ports", "clients on the host" },
	{ INET " leaving",
	  "iifname " BRIDGE_NAME " oifname != " BRIDGE_NAME " meta l4proto { 6, 17 } masquerade to :1024-65535",
	  "to the world the host sends it, from no port that others trust" },
	{ INET " leaving", "iifname " BRIDGE_NAME " oifname != " BRIDGE_NAME " masquerade",
	  "to the world the host sends it" },
	{ INET " leaving", "oifname " BRIDGE_NAME " ip saddr 127.0.0.0/8 masquerade",
	  "a container cannot answer there" },
	{ INET " leaving", "iifname " BRIDGE_NAME " oifname " BRIDGE_NAME " ct status dnat masquerade",
	  "the answer to another container must pass here, too" },
};

/* Everything anew, so that nothing stays of containers that are gone. */
static void add_definitions(struct buf *text)
{
	static const char *const tables[] = { BRIDGE, INET };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		buf_addf(text, "add table %1$s\ndelete table %1$s\nadd table %1$s\n", tables[i]);
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

/* The target of a message of neighbour discovery: an address, which nft takes as one number. */
#define TARGET "@th,64,128 0x%08x%08x%08x%08x"
#define WORDS(a) ntohl((a).s6_addr32[0]), ntohl((a).s6_addr32[1]), ntohl((a).s6_addr32[2]), ntohl((a).s6_addr32[3])

/* Accepts such a message without an option, or with one, which is of 'type' and has the hardware address. */
static void add_discovery(struct buf *text, const char *rule, const char *message, unsigned int type,
			  const struct ether_addr *mac)
{
	const unsigned char *m = mac->ether_addr_octet;

	buf_addf(text, "%s ip6 nexthdr 58 ip6 length 24 %s accept\n", rule, message);
	buf_addf(text, "%s ip6 nexthdr 58 ip6 length 32 %s @th,192,64 0x%02x01%02x%02x%02x%02x%02x%02x accept\n", rule,
		 message, type, m[0], m[1], m[2], m[3], m[4], m[5]);
}

/* What may come from an interface by IPv6: by neighbour discovery (RFC 4861), the container asks for others and says
 * where it is itself, with no other hardware address than its own, whose place in a message of this length is the end;
 * everything else it sends from the address that was reserved for it. The link's own address follows from the hardware
 * address; the kernel uses it to ask whether a neighbour is still there. */
static void add_ipv6(struct buf *text, const char *name, const struct net *net)
{
	_cleanup_(freep) char *rule = xasprintf("add rule " BRIDGE " %s ether type ip6", name);
	_cleanup_(freep) char *address = ipv6_format(&net->address6.address), *link = NULL;
	struct ether_addr mac = { 0 };
	struct in6_addr own[2] = { net->address6.address };

	if (!net->address6.prefix || !ether_aton_r(net->mac, &mac) || ipv6_link_local(net->mac, &own[1]) < 0) {
		buf_addf(text, "%s drop\n", rule);
		return;
	}
	link = ipv6_format(&own[1]);
	/* Whether somebody else has its address (RFC 4862, 5.4). */
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		buf_addf(text, "%s ip6 saddr :: ip6 nexthdr 58 icmpv6 type 135 " TARGET " accept\n", rule,
			 WORDS(own[i]));
	buf_addf(text, "%s ip6 saddr != { %s, %s } drop\n", rule, address, link);
	add_discovery(text, rule, "icmpv6 type 135", 1, &mac);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		_cleanup_(freep) char *says = xasprintf("icmpv6 type 136 " TARGET, WORDS(own[i]));

		add_discovery(text, rule, says, 2, &mac);
	}
	buf_addf(text, "%s icmpv6 type { 135, 136 } drop\n", rule);
	buf_addf(text, "%s ip6 saddr %s accept\n", rule, address);
}

/* What may come from an interface. The address of a container with DHCP is not known beforehand. */
static void add_chain(struct buf *text, const char *name, const struct net *net)
{
	_cleanup_(freep) char *address = ipv4_format(net->address.address);

	buf_addf(text, "add chain " BRIDGE " %s\nflush chain " BRIDGE " %s\n", name, name);
	buf_addf(text, "add rule " BRIDGE " %s ether saddr != %s drop\n", name, net->mac);
	buf_addf(text, "add rule " BRIDGE " %s jump any\n", name);
	buf_addf(text, "add rule " BRIDGE " %s ether type arp arp saddr ether != %s drop\n", name, net->mac);
	add_ipv6(text, name, net);
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
		_cleanup_(freep) char *address6 = ipv6_format(&net->address6.address);

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
		if (net->address6.prefix)
			set_element(text, INET " neighbours6", there && net->neighbours, address6);
		if (!there)
			buf_addf(text, "flush chain " BRIDGE " %s\ndelete chain " BRIDGE " %s\n", name, name);
	}
	return any;
}

static int add_containers(const struct context *context, struct buf *text)
{
	_cleanup_(members_done) struct members members = { 0 };
	int r = members_read(context, &members);

	for (size_t i = 0; i < members.n; i++) {
		const struct member *member = &members.v[i];

		if (member->record.state != RECORD_READY && !member->sandbox)
			continue;
		add_container(text, &member->record, true);
		if (member->runs && !member->sandbox)
			published_add(context->root_fd, member->record.name, INET, true, text);
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

/* What put_all() reads must not change before it has put that. */
static int lock(const struct context *context, struct lock *ret)
{
	return lock_container(context->root_fd, LOCK_NAME, ret);
}

int walls_put(const struct context *context, const struct record *record)
{
	_cleanup_(lock_done) struct lock held = LOCK_INIT;
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	add_rules(&text);
	if (!add_container(&text, record, true))
		return 0;
	r = lock(context, &held);
	/* This fails where a part of the tables is gone. */
	if (r < 0 || (begins() && apply(text.text, NULL) == 0))
		return r;
	return put_all(context);
}

/* On all ports of the bridge, because what is set below is the bridge's. */
static int guard_loopback(const struct record *record)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->nets.n; i++) {
		_cleanup_(freep) char *name = host_interface_name(record->name, i);

		r = net_is_ours(&record->nets.v[i]) ? netlink_drop_loopback(name) : 0;
	}
	return r;
}

/* What a client on the host sends to a loopback address goes to the container, and the answer has to come back
 * (Documentation/networking/ip-sysctl.rst in the kernel). Frames of containers that name such an address themselves are
 * dropped by the walls, and by their ports. */
static int route_loopback(const struct context *context, const struct record *record)
{
	static const char path[] = "/proc/sys/net/ipv4/conf/" NETWORK_BRIDGE "/route_localnet";
	_cleanup_(closep) int fd = rootfd_openat(context->root_fd, path, O_WRONLY, 0, WALK_ROOT);

	int r = fd < 0 ? fd : guard_loopback(record);

	return r < 0 ? r : write(fd, "1\n", 2) < 0 ? -errno : 0;
}

static bool is_among(const struct port *port, const struct ports *ports)
{
	_cleanup_(freep) char *text = port_format(port);

	for (size_t i = 0; i < ports->n; i++) {
		_cleanup_(freep) char *other = port_format(&ports->v[i]);

		if (strcmp(text, other) == 0)
			return true;
	}
	return false;
}

/* Connections by those ports of 'before' that are not among 'now', after their rules are gone. */
static void end_flows(const char *name, const struct published *before, const struct ports *now)
{
	_cleanup_(ports_done) struct ports gone = { 0 };
	int n, n6;

	for (size_t i = 0; i < before->ports.n; i++)
		if (!is_among(&before->ports.v[i], now))
			ports_copy(&(struct ports){ &before->ports.v[i], 1 }, &gone);
	n = flows_end(before->address, &gone);
	n6 = before->address6 && n >= 0 ? flows_end(before->address6, &gone) : 0;
	n = n6 < 0 ? n6 : n + n6;
	if (n > 0)
		log_info("Connections to container '%s' by ports that it no longer has: %d were ended.", name, n);
	if (n < 0)
		log_warn_errno(n,
			       "Connections to container '%s' by ports that it no longer has last until they end by "
			       "themselves: %m",
			       name);
}

/* Those that are forwarded now, as far as the file says. */
static void end_old_flows(const struct context *context, const char *name, const struct published *before)
{
	_cleanup_(published_done) struct published now = { 0 };

	(void)published_read(context->root_fd, name, &now);
	end_flows(name, before, &now.ports);
}

int walls_publish(const struct context *context, const struct record *record, bool runs)
{
	_cleanup_(lock_done) struct lock held = LOCK_INIT;
	_cleanup_(published_done) struct published before = { 0 };
	_cleanup_(buf_done) struct buf text = { 0 };
	int r;

	if (!ports_any_direct(&record->ports) && !runs)
		return 0;
	r = lock(context, &held);
	if (r == 0 && runs)
		(void)published_read(context->root_fd, record->name, &before);
	if (r == 0)
		r = published_note(context->root_fd, record, runs);
	if (r < 0)
		return r;
	r = ports_any_direct(&record->ports) ? route_loopback(context, record) : 0;
	if (r < 0)
		log_warn_errno(
			r, "Published ports of container '%s' cannot be reached at the host's loopback addresses: %m",
			record->name);
	published_add(context->root_fd, record->name, INET, true, &text);
	if (!runs && (!text.text || (begins() && apply(text.text, NULL) == 0)))
		return 0;
	r = put_all(context);
	if (r == 0 && before.address)
		end_old_flows(context, record->name, &before);
	return r;
}

void walls_remove(const struct context *context, const struct record *record)
{
	_cleanup_(lock_done) struct lock held = LOCK_INIT;
	_cleanup_(published_done) struct published before = { 0 };
	_cleanup_(buf_done) struct buf text = { 0 };

	if (!add_container(&text, record, false) || lock(context, &held) < 0)
		return;
	published_add(context->root_fd, record->name, INET, false, &text);
	/* This fails where a part of the tables is gone, or the record has changed meanwhile. */
	if (apply(text.text, NULL) < 0)
		(void)put_all(context);
	if (published_read(context->root_fd, record->name, &before))
		end_flows(record->name, &before, &(struct ports){ 0 });
}

int walls_lock_ports(const struct record *record)
{
	int r;

	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];
		_cleanup_(freep) char *name = host_interface_name(record->name, i);

		r = *net->mac ? netlink_lock_port(name, net->mac, !net->neighbours) : 0;
		if (r < 0)
			return log_error_errno(r, "Cannot lock bridge port '%s' of container '%s': %m", name,
					       record->name);
	}
	r = guard_loopback(record);
	if (r < 0)
		log_info("The ports of container '%s' do not drop frames for loopback addresses: %s.", record->name,
			 strerror(-r));
	return 0;
}

/* 1 if it was not in the bridge, 0 if it was, or -errno after a message. */
static int rejoin(const struct context *context, const struct record *record)
{
	int joined = 0, r = 0;

	for (size_t i = 0; r == 0 && i < record->nets.n; i++) {
		_cleanup_(freep) char *name = host_interface_name(record->name, i);
		struct netlink_port port;

		if (!net_is_ours(&record->nets.v[i]) || netlink_port(name, &port) != 0)
			continue;
		r = netlink_join(name, NETWORK_BRIDGE);
		joined = 1;
	}
	if (r < 0)
		return log_error_errno(r, "Cannot put container '%s' back into the bridge of network '" NETWORK "': %m",
				       record->name);
	r = joined ? walls_lock_ports(record) : 0;
	if (r == 0 && joined && ports_any_direct(&record->ports))
		(void)route_loopback(context, record);
	return r < 0 ? r : joined;
}

int walls_rejoin(const struct context *context)
{
	_cleanup_(members_done) struct members members = { 0 };
	int r = members_read(context, &members), n = 0, first = 0;

	for (size_t i = 0; i < members.n; i++) {
		int e = members.v[i].runs ? rejoin(context, &members.v[i].record) : 0;

		n += e > 0;
		first = first ? first : e < 0 ? e : 0;
	}
	return r < 0 ? r : first < 0 ? first : n;
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
	_cleanup_(lock_done) struct lock held = LOCK_INIT;
	bool stood = stand();
	int r = lock(context, &held);

	(void)name;
	if (r == 0)
		r = put_all(context);
	if (r == 0)
		fputs(stood ? "ready" : "made", stdout);
	return r;
}

int verb_walls_tidy(const struct context *context, const char *name)
{
	_cleanup_(lock_done) struct lock held = LOCK_INIT;
	int r = lock(context, &held);

	(void)name;
	return r == 0 && begins() ? put_all(context) : r;
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
