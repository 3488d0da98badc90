/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes libvirt's XML as text, and reads it by XPath. */
#include "virt/network-layout.h"

#include <string.h>

#include "container/paths.h"
#include "virt/domain-xml.h"

#define NAMES_OPTION "local=/" NETWORK_DOMAIN "/"

/* libvirt's own name server answers the containers' queries. It knows those that run by name (network-names.c), and
 * asks nobody else about their domain. It gets an option for this, because with libvirt's <domain> all names without a
 * dot that the host has in /etc/hosts would be in that domain, too. Not mode 'nat': network-walls.c translates
 * addresses, and libvirt's rules for that mode would refuse what comes by a published port. */
char *network_layout_xml(const char *name, const char *uuid, const struct network_layout *layout)
{
	_cleanup_(freep) char *gateway = ipv4_format(layout->range.address);
	_cleanup_(freep) char *gateway6 = ipv6_format(&layout->range6.address);
	_cleanup_(freep) char *id = uuid ? xasprintf("  <uuid>%s</uuid>\n", uuid) : xstrdup("");
	_cleanup_(freep) char *ipv6 =
		layout->range6.prefix
			? xasprintf("  <ip family='ipv6' address='%s' prefix='%u'/>\n", gateway6, layout->range6.prefix)
			: xstrdup("");

	return xasprintf("<network xmlns:server='http://libvirt.org/schemas/network/dnsmasq/1.0'>\n"
			 "  <name>%s</name>\n"
			 "%s"
			 "  <forward mode='route'/>\n"
			 "  <bridge name='" NETWORK_BRIDGE "' stp='off' delay='0'/>\n"
			 "  <ip address='%s' prefix='%u'/>\n"
			 "%s"
			 "  <server:options>\n"
			 "    <server:option value='" NAMES_OPTION "'/>\n"
			 "  </server:options>\n"
			 "</network>\n",
			 name, id, gateway, layout->range.prefix, ipv6);
}

static void read_ipv6(const char *xml, struct ipv6_range *ret)
{
	_cleanup_(freep) char *text = xml_value(
		xml, "concat(/network/ip[@family='ipv6'][1]/@address, '/', /network/ip[@family='ipv6'][1]/@prefix)");
	struct ipv6_range range;
	struct in6_addr router;

	if (!text || ipv6_parse_range(text, &range) < 0)
		return;
	router = ipv6_router(&range.address);
	if (ipv6_is_host(&range.address) && ipv6_same(&range.address, &router))
		*ret = range;
}

bool network_layout_read(const char *xml, struct network_layout *ret)
{
	static const char ip[] = "/network/ip[not(@family) or @family='ipv4'][1]";
	_cleanup_(freep) char *address_path = xasprintf("%s/@address", ip), *address = xml_value(xml, address_path);
	_cleanup_(freep) char *netmask_path = xasprintf("%s/@netmask", ip), *netmask = xml_value(xml, netmask_path);
	_cleanup_(freep) char *prefix_path = xasprintf("%s/@prefix", ip), *prefix = xml_value(xml, prefix_path);
	struct network_layout layout = { 0 };

	if (!address || !netmask || !prefix || ipv4_parse(address, &layout.range.address) < 0 ||
	    ipv4_parse_prefix(netmask, prefix, &layout.range.prefix) < 0)
		return false;
	read_ipv6(xml, &layout.range6);
	*ret = layout;
	return true;
}

bool network_layout_same(const struct network_layout *a, const struct network_layout *b)
{
	return a->range.address == b->range.address && a->range.prefix == b->range.prefix &&
	       a->range6.prefix == b->range6.prefix && ipv6_same(&a->range6.address, &b->range6.address);
}

/* What all versions of setup have defined, and what libvirt adds by itself. Names of containers that run are there,
 * too. */
static const char made_by_setup[] =
	"boolean(/network[bridge/@name='" NETWORK_BRIDGE "' and (forward/@mode='nat' or forward/@mode='route')"
	" and count(ip)=1 and not(ip/*)"
	" and not(forward/@dev or forward/*[not(self::nat[count(*)=1 and port[@start='1024' and @end='65535']])])"
	" and not(*[not(self::name or self::uuid or self::forward or self::bridge or self::mac or self::ip or self::dns"
	" or local-name()='options')])"
	" and not(dns/@* or dns/*[not(self::host[contains(hostname, '." NETWORK_DOMAIN "')])])"
	" and not(*[local-name()='options']/*[@value!='" NAMES_OPTION "'])])";

/* What it defines now. */
static const char current[] =
	"boolean(/network[forward/@mode='route']/*[local-name()='options']/*[@value='" NAMES_OPTION "'])";

static bool holds(const char *xml, const char *path)
{
	_cleanup_(freep) char *value = xml_value(xml, path);

	return value && strcmp(value, "true") == 0;
}

bool network_layout_is_current(const char *xml)
{
	return holds(xml, current);
}

bool network_layout_is_outdated(const char *xml)
{
	return holds(xml, made_by_setup) && !holds(xml, current);
}
