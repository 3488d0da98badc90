/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt gives names to its name server while the network runs, keeps them when its daemon is restarted, and forgets
 * them when the network stops. They are in no file of the host's configuration, and not in the network's definition, so
 * none outlives a boot. */
#include "virt/network-names.h"

#include <string.h>

#include "base/context.h"
#include "base/interface.h"
#include "base/ipv4.h"
#include "base/ipv6.h"
#include "base/log.h"
#include "container/paths.h"
#include "running/host-resolver.h"
#include "virt/domain-xml.h"
#include "virt/libvirt-network.h"
#include "virt/network-members.h"

#define DOMAIN_SUFFIX "." NETWORK_DOMAIN

static char *full_name(const struct record *record)
{
	return xasprintf("%s" DOMAIN_SUFFIX, record->name);
}

/* Its addresses on the network, IPv4 and IPv6; the caller frees them. NULL where it has no fixed one there. */
enum { IPV4, IPV6, FAMILIES };

static void find_addresses(const struct record *record, char *ret[static FAMILIES])
{
	for (size_t i = 0; i < record->nets.n; i++) {
		const struct net *net = &record->nets.v[i];

		if (!net_is_ours(net) || !net->address.address)
			continue;
		ret[IPV4] = ipv4_format(net->address.address);
		ret[IPV6] = net->address6.prefix ? ipv6_format(&net->address6.address) : NULL;
		return;
	}
}

/* The network, if it is active, or NULL. Caller frees. */
static char *read_network(struct _virConnect *conn)
{
	_cleanup_(freep) char *xml = NULL;
	bool active;

	return libvirt_network_get(conn, NETWORK, &xml, &active) > 0 && active ? steal_ptr(xml) : NULL;
}

/* The address of a family with which the name server has a name, and the reverse. "" if it has none; caller frees.
 * What the values consist of has no meaning in XPath. */
static char *address_of(const char *xml, const char *host, int family)
{
	_cleanup_(freep) char *path =
		xasprintf("string(/network/dns/host[hostname='%s' and %s(contains(@ip, ':'))]/@ip)", host,
			  family == IPV6 ? "" : "not");

	return xml_value(xml, path);
}

static char *host_at(const char *xml, const char *address)
{
	_cleanup_(freep) char *path = xasprintf("string(/network/dns/host[@ip='%s']/hostname)", address);

	return xml_value(xml, path);
}

static void put_address(struct _virConnect *conn, const char *xml, const struct record *record, int family,
			const char *address)
{
	_cleanup_(freep) char *host = full_name(record), *old_address = address_of(xml, host, family);
	_cleanup_(freep) char *old_host = address ? host_at(xml, address) : NULL;

	if (address && old_address && strcmp(old_address, address) == 0)
		return;
	if (old_address && *old_address)
		(void)libvirt_network_host(conn, NETWORK, old_address, NULL);
	if (!address)
		return;
	/* A name of another form is the administrator's, who has to decide. */
	if (old_host && has_suffix(old_host, DOMAIN_SUFFIX))
		(void)libvirt_network_host(conn, NETWORK, address, NULL);
	if (libvirt_network_host(conn, NETWORK, address, host) == 0)
		log_info("Container '%s' is '%s' on network '" NETWORK "', at '%s'.", record->name, host, address);
}

static void put(struct _virConnect *conn, const char *xml, const struct record *record)
{
	char *addresses[FAMILIES] = { NULL };

	find_addresses(record, addresses);
	for (int family = 0; addresses[IPV4] && family < FAMILIES; family++)
		put_address(conn, xml, record, family, addresses[family]);
	for (int family = 0; family < FAMILIES; family++)
		free(addresses[family]);
}

void names_put(struct _virConnect *conn, const struct record *record)
{
	_cleanup_(freep) char *xml = nets_have_ours(&record->nets) ? read_network(conn) : NULL;

	if (xml)
		put(conn, xml, record);
}

void names_remove(struct _virConnect *conn, const struct record *record)
{
	_cleanup_(freep) char *xml = nets_have_ours(&record->nets) ? read_network(conn) : NULL;
	_cleanup_(freep) char *host = full_name(record);

	for (int family = 0; xml && family < FAMILIES; family++) {
		_cleanup_(freep) char *address = address_of(xml, host, family);

		if (address && *address)
			(void)libvirt_network_host(conn, NETWORK, address, NULL);
	}
}

void names_restore(const struct context *context, struct _virConnect *conn)
{
	_cleanup_(members_done) struct members members = { 0 };
	_cleanup_(freep) char *xml = read_network(conn);

	if (!xml || members_read(context, &members) < 0)
		return;
	for (size_t i = 0; i < members.n; i++)
		if (members.v[i].runs)
			put(conn, xml, &members.v[i].record);
}

void names_show_host(void)
{
	struct ipv4_range range;
	int r = interface_range(NETWORK_BRIDGE, &range);

	if (r == 0)
		r = host_resolver_add(NETWORK_BRIDGE, range.address, NETWORK_DOMAIN);
	if (r < 0)
		log_info("The host does not resolve names of containers by systemd-resolved: %s.", strerror(-r));
}
