/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt gives names to its name server while the network runs, keeps them when its daemon is restarted, and forgets
 * them when the network stops. They are in no file of the host's configuration, and not in the network's definition, so
 * none outlives a boot. */
#include "virt/network-names.h"

#include <string.h>

#include "base/context.h"
#include "base/interface.h"
#include "base/ipv4.h"
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

/* Its address on the network, which the caller frees, or NULL if it has no fixed one there. */
static char *find_address(const struct record *record)
{
	for (size_t i = 0; i < record->nets.n; i++)
		if (net_is_ours(&record->nets.v[i]) && record->nets.v[i].address.address)
			return ipv4_format(record->nets.v[i].address.address);
	return NULL;
}

/* The network, if it is active, or NULL. Caller frees. */
static char *read_network(struct _virConnect *conn)
{
	_cleanup_(freep) char *xml = NULL;
	bool active;

	return libvirt_network_get(conn, NETWORK, &xml, &active) > 0 && active ? steal_ptr(xml) : NULL;
}

/* The address with which the name server has a name, and the reverse. "" if it has none; caller frees. What the values
 * consist of has no meaning in XPath. */
static char *address_of(const char *xml, const char *host)
{
	_cleanup_(freep) char *path = xasprintf("string(/network/dns/host[hostname='%s']/@ip)", host);

	return xml_value(xml, path);
}

static char *host_at(const char *xml, const char *address)
{
	_cleanup_(freep) char *path = xasprintf("string(/network/dns/host[@ip='%s']/hostname)", address);

	return xml_value(xml, path);
}

static void put(struct _virConnect *conn, const char *xml, const struct record *record)
{
	_cleanup_(freep) char *address = find_address(record), *host = full_name(record);
	_cleanup_(freep) char *old_address = address_of(xml, host);
	_cleanup_(freep) char *old_host = address ? host_at(xml, address) : NULL;

	if (!address || (old_address && strcmp(old_address, address) == 0))
		return;
	if (old_address && *old_address)
		(void)libvirt_network_host(conn, NETWORK, old_address, NULL);
	/* A name of another form is the administrator's, who has to decide. */
	if (old_host && has_suffix(old_host, DOMAIN_SUFFIX))
		(void)libvirt_network_host(conn, NETWORK, address, NULL);
	if (libvirt_network_host(conn, NETWORK, address, host) == 0)
		log_info("Container '%s' is '%s' on network '" NETWORK "'.", record->name, host);
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
	_cleanup_(freep) char *host = full_name(record), *address = xml ? address_of(xml, host) : NULL;

	if (address && *address)
		(void)libvirt_network_host(conn, NETWORK, address, NULL);
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
