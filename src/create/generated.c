/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The texts of what is generated from a container's record, and their order in a plan. Texts that are the same for
 * every container are rows of a table. */
#include "create/generated.h"

#include <string.h>

#include "base/buf.h"
#include "container/paths.h"
#include "container/reservation.h"
#include "create/host-dropin.h"
#include "create/host-unit.h"
#include "create/ops.h"
#include "create/port-unit.h"

#define UNIT_DIR "/etc/systemd/system"

static const struct {
	const char *path, *text, *reason;
} fixed_files[] = {
	{ "/etc/.updated", "# /etc fits the /usr of this host. Made by virt-sandbox-service.\n",
	  "tells systemd that /etc is up to date" },
	{ "/etc/fstab", "# The host mounts the container's file systems.\n",
	  "the host mounts the container's file systems" },
	{ "/etc/systemd/journald.conf.d/50-virt-sandbox.conf",
	  "# Made by virt-sandbox-service.\n[Journal]\nStorage=persistent\nSystemMaxUse=64M\nRuntimeMaxUse=16M\n"
	  "ForwardToSyslog=yes\nForwardToConsole=no\nForwardToKMsg=no\nReadKMsg=no\n",
	  "limits the container's journal to 64 MB" },
	/* With this directory, pam_systemd(8) asks for logind, and logs that it does not run. */
	{ UNIT_DIR "/systemd-tmpfiles-setup.service.d/50-virt-sandbox.conf",
	  "# Made by virt-sandbox-service.\n[Service]\nExecStartPost=-/usr/bin/rmdir /run/systemd/seats\n",
	  "tells PAM that there is no logind" },
	{ "/var/.updated", "# /var fits the /usr of this host. Made by virt-sandbox-service.\n",
	  "tells systemd that /var is up to date" },
};

/* The name that systemd gives the container. It would drop an underscore, which a host name cannot have (hostname(7)),
 * so there is a dash in its place, or nothing where a dash must not be. Caller frees. */
static char *host_name(const char *name)
{
	char *host = xstrdup(name), *to = host;

	for (; *name; name++) {
		char next = name[1 + strspn(name + 1, "_-")];

		if (*name != '_' && *name != '-')
			*to++ = *name;
		else if (to > host && to[-1] != '.' && next != '\0' && next != '.')
			*to++ = '-';
	}
	*to = '\0';
	return host;
}

/* A host name with a domain gets its short form as an alias, and one that was changed gets what it was. */
static char *hosts_text(const struct record *record, const char *host, const char *asked)
{
	_cleanup_(freep) char *label =
		strchr(host, '.') ? xasprintf(" %.*s", (int)strcspn(host, "."), host) : xstrdup("");
	_cleanup_(freep) char *alias =
		xasprintf("%s%s%s", label, strcmp(host, asked) ? " " : "", strcmp(host, asked) ? asked : "");
	_cleanup_(buf_done) struct buf b = { 0 };
	bool known = false;

	buf_addf(&b, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
	for (size_t i = 0; i < record->nets.n; i++) {
		uint32_t own = record->nets.v[i].address.address;
		const struct ipv6_range *own6 = &record->nets.v[i].address6;
		_cleanup_(freep) char *address = ipv4_format(own), *address6 = ipv6_format(&own6->address);

		if (own)
			buf_addf(&b, "%s %s%s\n", address, host, alias);
		if (own6->prefix)
			buf_addf(&b, "%s %s%s\n", address6, host, alias);
		known |= own != 0;
	}
	if (!known)
		buf_addf(&b, "127.0.1.1 %s%s\n", host, alias);
	return buf_steal(&b);
}

/* Whether the first name server is that of the network that setup makes, which knows other containers there. */
static bool knows_names(const struct record *record)
{
	uint32_t server;

	if (record->name_servers.n == 0 || ipv4_parse(record->name_servers.v[0], &server) < 0)
		return false;
	for (size_t i = 0; i < record->nets.n; i++) {
		const struct ipv4_range own = record->nets.v[i].address;
		const struct ipv4_range by = { server, own.prefix };

		if (net_is_ours(&record->nets.v[i]) && own.address && ipv4_network(&own) == ipv4_network(&by))
			return true;
	}
	return false;
}

char *generated_resolver(const struct record *record)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (record->name_servers.n == 0)
		return xstrdup("# The container has no network, or the host had no name server.\n");
	buf_addf(&b, "# The name servers of the container's network when it was created.\n");
	for (size_t i = 0; i < record->name_servers.n; i++)
		buf_addf(&b, "nameserver %s\n", record->name_servers.v[i]);
	if (knows_names(record))
		buf_addf(&b, "search " NETWORK_DOMAIN "\n");
	return buf_steal(&b);
}

/* systemd.network(5). The DHCP server recognises the interface by its hardware address, which does not change. */
static char *network_text(const struct net *net, const char *interface)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	buf_addf(&b,
		 "# Made by virt-sandbox-service.\n[Match]\nName=%s\n\n"
		 "[Network]\nDHCP=ipv4\n\n"
		 "[DHCPv4]\nClientIdentifier=mac\nUseHostname=no\n",
		 interface);
	for (size_t i = 0; i < net->n_routes; i++) {
		_cleanup_(freep) char *destination = ipv4_format_range(&net->routes[i].destination);
		_cleanup_(freep) char *gateway = ipv4_format(net->routes[i].gateway);

		buf_addf(&b, "\n[Route]\nDestination=%s\nGateway=%s\nGatewayOnLink=yes\n", destination, gateway);
	}
	return buf_steal(&b);
}

/* With these links, a start is not complete before the interfaces have their addresses. */
static void add_dhcp(struct plan *plan, const struct record *record)
{
	static const struct {
		const char *wants, *unit;
	} links[] = {
		{ "sockets.target.wants", "systemd-networkd.socket" },
		{ "multi-user.target.wants", "systemd-networkd.service" },
		{ "multi-user.target.wants", "systemd-networkd-wait-online.service" },
		{ "network-online.target.wants", "systemd-networkd-wait-online.service" },
	};
	static const char reason[] = "an interface gets its address by DHCP";
	bool any = false;

	for (size_t i = 0; i < record->nets.n; i++) {
		_cleanup_(freep) char *interface = inside_interface_name(i);
		_cleanup_(freep) char *path = xasprintf("/etc/systemd/network/50-virt-sandbox-%s.network", interface);

		if (record->nets.v[i].dhcp)
			ops_write_anew(plan, path, 0644, network_text(&record->nets.v[i], interface), reason);
		any |= record->nets.v[i].dhcp;
	}
	for (size_t i = 0; any && i < ARRAY_SIZE(links); i++) {
		_cleanup_(freep) char *target = xasprintf("/usr/lib/systemd/system/%s", links[i].unit);

		ops_link_anew(plan, xasprintf(UNIT_DIR "/%s/%s", links[i].wants, links[i].unit), target, reason);
	}
}

void generated_add_tree(struct plan *plan, const struct record *record)
{
	const char *name = record->hostname && *record->hostname ? record->hostname : record->name;
	_cleanup_(freep) char *host = host_name(name);

	ops_write_anew(plan, "/etc/hostname", 0644, xasprintf("%s\n", host), "the container's host name");
	ops_write_anew(plan, "/etc/hosts", 0644, hosts_text(record, host, name), "the container's name and addresses");
	ops_write_anew(plan, "/etc/resolv.conf", 0644, generated_resolver(record), "the container's name servers");
	for (size_t i = 0; i < ARRAY_SIZE(fixed_files); i++)
		ops_write_anew(plan, fixed_files[i].path, 0644, xstrdup(fixed_files[i].text), fixed_files[i].reason);
	add_dhcp(plan, record);
	ops_link_anew(plan, xstrdup(UNIT_DIR "/default.target"), "/usr/lib/systemd/system/multi-user.target",
		      "every container boots into this target");
}

void generated_add_reservations(struct plan *plan, const struct record *record, const struct strv *macs)
{
	_cleanup_(strv_done) struct strv paths = { 0 };

	reservation_needs(record, &paths);
	for (size_t i = 0; i < macs->n; i++)
		strv_take(&paths, reservation_path(RESERVE_MACS, macs->v[i]));
	for (size_t i = 0; i < paths.n; i++)
		plan_add_own(plan, &op_reserve, xstrdup(paths.v[i]), "reserved for this container")->text =
			xstrdup(record->name);
}

static void add_ports(struct plan *plan, const struct record *record)
{
	static const char reason[] = "forwards a port of the host to the container";

	for (size_t i = 0; i < record->ports.n; i++) {
		const struct port *port = &record->ports.v[i];

		if (!port->proxy)
			continue;
		plan_add_own(plan, &op_unit, port_unit_path(record->name, port, "socket"), reason)->text =
			port_socket_text(record, port);
		plan_add_own(plan, &op_unit, port_unit_path(record->name, port, "service"), reason)->text =
			port_service_text(record, port);
	}
}

void generated_add_units(struct plan *plan, const struct record *record)
{
	_cleanup_(freep) char *unit = host_unit_name(record->name);

	add_ports(plan, record);
	plan_add_own(plan, &op_unit, host_dropin_path(unit),
		     "sets back what the host may set for all services, but a container's unit cannot bear")
		->text = host_dropin_text(record->name);
	plan_add_own(plan, &op_unit, host_unit_path(record->name), "starts and stops the container like any service")
		->text = host_unit_text(record);
}
