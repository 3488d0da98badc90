/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for connections in a dump of conntrack (<linux/netfilter/nfnetlink_conntrack.h>). Each has two tuples: how
 * packets of the client look, which are for the host's port, and how those of the container look. */
#include "virt/flows.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/netfilter.h"
#include "base/nlattr.h"
#include "container/port.h"

#define CONNTRACK(message) (NFNL_SUBSYS_CTNETLINK << 8 | (message))

/* What names a connection when the kernel is asked to forget it. */
struct flow {
	struct nlattr *name;
	size_t length;
};

struct search {
	const struct ports *ports;
	uint16_t family, address_type;
	size_t address_size;
	unsigned char address[sizeof(struct in6_addr)];
	struct flow *flows;
	size_t n;
};

static bool parse_address(const char *text, struct search *search)
{
	bool ipv6 = strchr(text, ':');

	search->family = ipv6 ? AF_INET6 : AF_INET;
	search->address_type = ipv6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC;
	search->address_size = ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	return inet_pton(search->family, text, search->address) == 1;
}

static unsigned int port_of(const struct nlattr *tuple, uint16_t type)
{
	const struct nlattr *a = nlattr_find_in(nlattr_find_in(tuple, CTA_TUPLE_PROTO, 0), type, sizeof(uint16_t));
	uint16_t number = 0;

	if (a)
		memcpy(&number, a + 1, sizeof(number));
	return ntohs(number);
}

static bool is_from_container(const struct search *search, const struct nlattr *answers)
{
	const struct nlattr *address =
		nlattr_find_in(nlattr_find_in(answers, CTA_TUPLE_IP, 0), search->address_type, search->address_size);

	return address && memcmp(address + 1, search->address, search->address_size) == 0;
}

/* Both tuples fit, so that nothing else ends: other ports may lead to the same one of the container. */
static bool came_by(const struct port *port, const struct nlattr *asks, const struct nlattr *answers)
{
	const struct nlattr *kind = nlattr_find_in(nlattr_find_in(asks, CTA_TUPLE_PROTO, 0), CTA_PROTO_NUM, 1);
	unsigned int at = port_of(asks, CTA_PROTO_DST_PORT) - port->host;

	return kind && *(const uint8_t *)(kind + 1) == (port->udp ? IPPROTO_UDP : IPPROTO_TCP) && at < port->count &&
	       port_of(answers, CTA_PROTO_SRC_PORT) == port->inside + at;
}

/* A connection has a zone, too, if there may be others with its tuples. */
static void add_flow(struct search *search, const struct nlattr *asks, const struct nlattr *zone)
{
	size_t asks_size = NLA_ALIGN(asks->nla_len), zone_size = zone ? NLA_ALIGN(zone->nla_len) : 0;
	struct flow flow = { xcalloc(1, asks_size + zone_size), asks_size + zone_size };

	memcpy(flow.name, asks, asks->nla_len);
	if (zone)
		memcpy((char *)flow.name + asks_size, zone, zone->nla_len);
	grow(search->flows, search->n);
	search->flows[search->n++] = flow;
}

static int look_at(void *at, const struct nlattr *first, size_t length)
{
	const struct search *search = at;
	const struct nlattr *asks = nlattr_find(first, length, CTA_TUPLE_ORIG, 0);
	const struct nlattr *answers = nlattr_find(first, length, CTA_TUPLE_REPLY, 0);
	bool found = false;

	for (size_t i = 0; !found && i < search->ports->n && is_from_container(search, answers); i++)
		found = came_by(&search->ports->v[i], asks, answers);
	if (found)
		add_flow(at, asks, nlattr_find(first, length, CTA_ZONE, 0));
	return 0;
}

int flows_end(const char *address, const struct ports *ports)
{
	struct search search = { .ports = ports };
	int r = parse_address(address, &search) ? 0 : -EINVAL, n = 0;

	if (r == 0 && ports->n > 0)
		r = netfilter_dump(CONNTRACK(IPCTNL_MSG_CT_GET), (uint8_t)search.family, look_at, &search);
	for (size_t i = 0; i < search.n; i++) {
		int e = r < 0 ? r
			      : netfilter_change(CONNTRACK(IPCTNL_MSG_CT_DELETE), (uint8_t)search.family,
						 search.flows[i].name, search.flows[i].length);

		n += e == 0;
		r = e == -ENOENT ? 0 : e; /* it has ended by itself */
		free(search.flows[i].name);
	}
	free(search.flows);
	return r < 0 ? r : n;
}
