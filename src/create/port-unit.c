/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units of a published port: a socket, and a proxy that starts at the first connection and forwards it into the
 * container. Their texts contain nothing variable but names, digits and dots. */
#include "create/port-unit.h"

#include "container/paths.h"

/* The socket listens from before the container is up until after it is down, so that no connection is refused
 * meanwhile. FreeBind= is there because the address may come later at boot. */
char *port_socket_text(const struct record *record, const struct port *port)
{
	_cleanup_(freep) char *unit = host_unit_name(record->name);
	_cleanup_(freep) char *place = port_place(port);

	return xasprintf(
		"# Made by virt-sandbox-service for container '%1$s'; 'virt-sandbox-service delete %1$s' removes it.\n"
		"[Unit]\n"
		"Description=Port %4$u of secure container %1$s\n"
		"Documentation=man:virt-sandbox-service(8)\n"
		"BindsTo=%2$s\n"
		"\n"
		"[Socket]\n"
		"ListenStream=%3$s\n"
		"FreeBind=yes\n",
		record->name, unit, place, port->inside);
}

/* The proxy reads what strangers send, and needs nothing of the host but the network. */
char *port_service_text(const struct record *record, const struct port *port)
{
	_cleanup_(freep) char *unit = host_unit_name(record->name);
	_cleanup_(freep) char *address = ipv4_format(nets_address(&record->nets));

	return xasprintf(
		"# Made by virt-sandbox-service for container '%1$s'; 'virt-sandbox-service delete %1$s' removes it.\n"
		"[Unit]\n"
		"Description=Proxy to port %4$u of secure container %1$s\n"
		"Documentation=man:systemd-socket-proxyd(8)\n"
		"BindsTo=%2$s\n"
		"After=%2$s\n"
		"\n"
		"[Service]\n"
		"Type=notify\n"
		"ExecStart=" PROXY_PROGRAM " --connections-max=1024 --exit-idle-time=5min %3$s:%4$u\n"
		"DynamicUser=yes\n"
		"CapabilityBoundingSet=\n"
		"LockPersonality=yes\n"
		"MemoryDenyWriteExecute=yes\n"
		"NoNewPrivileges=yes\n"
		"PrivateDevices=yes\n"
		"PrivateTmp=yes\n"
		"ProtectControlGroups=yes\n"
		"ProtectHome=yes\n"
		"ProtectKernelModules=yes\n"
		"ProtectKernelTunables=yes\n"
		"ProtectSystem=strict\n"
		"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n"
		"RestrictNamespaces=yes\n"
		"RestrictRealtime=yes\n"
		"SystemCallArchitectures=native\n"
		"SystemCallFilter=@system-service\n",
		record->name, unit, address, port->inside);
}
