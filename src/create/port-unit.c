/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units of the proxy of a published port, as tables of settings: a socket, and a proxy that starts at the first
 * connection and forwards it into the container. Their values contain nothing variable but names and addresses. */
#include "create/port-unit.h"

#include "container/paths.h"
#include "create/unit-text.h"

#define NAME UNIT_WORD_0      /* of the container */
#define HOST_UNIT UNIT_WORD_1 /* of the container */
#define ADDRESS UNIT_WORD_2   /* to listen on, with its port; or the container's */
#define PORT UNIT_WORD_3      /* of the container */

/* clang-format off */
static const struct unit_setting socket_settings[] = {
	{ "Unit", "Description", "Port " PORT " of secure container " NAME, NULL,
	  "systemctl shows it" },
	{ "Unit", "Documentation", "man:virt-sandbox-service(8)", NULL,
	  "systemctl help opens it" },
	{ "Unit", "BindsTo", HOST_UNIT, NULL,
	  "the port is closed when the container is down; no After=, so that the socket listens from before the "
	  "container is up until after it is down, and refuses no connection meanwhile" },

	{ "Socket", "ListenStream", ADDRESS, NULL,
	  "the published port" },
	{ "Socket", "FreeBind", "yes", NULL,
	  "the host may get the address later in its boot" },
	{ 0 },
};

static const struct unit_setting service_settings[] = {
	{ "Unit", "Description", "Proxy to port " PORT " of secure container " NAME, NULL,
	  "systemctl shows it" },
	{ "Unit", "Documentation", "man:systemd-socket-proxyd(8)", NULL,
	  "systemctl help opens it" },
	{ "Unit", "BindsTo", HOST_UNIT, NULL,
	  "it ends with the container" },
	{ "Unit", "After", HOST_UNIT, NULL,
	  "a connection waits in the socket until the container is up" },

	{ "Service", "Type", "exec", NULL,
	  "not notify: before systemd 253 or so the proxy does not say when it is ready, and systemd would end it when "
	  "the time for its start is over, with all connections" },
	{ "Service", "ExecStart", PROXY_PROGRAM " --connections-max=1024 --exit-idle-time=5min " ADDRESS ":" PORT, NULL,
	  "strangers can open only so many connections, and an unused port costs no process" },
	/* It reads what strangers send, and needs nothing of the host but the network. */
	{ "Service", "DynamicUser", "yes", NULL,
	  "it owns nothing on the host" },
	{ "Service", "CapabilityBoundingSet", "", NULL,
	  "systemd opens the port, so it needs no privilege" },
	{ "Service", "LockPersonality", "yes", NULL,
	  "it does not need another execution domain" },
	{ "Service", "MemoryDenyWriteExecute", "yes", NULL,
	  "injected code cannot run" },
	{ "Service", "NoNewPrivileges", "yes", NULL,
	  "it cannot gain rights from a set-user-ID program" },
	{ "Service", "PrivateDevices", "yes", NULL,
	  "it needs no device" },
	{ "Service", "PrivateTmp", "yes", NULL,
	  "it does not need the host's temporary files" },
	{ "Service", "ProtectControlGroups", "yes", NULL,
	  "it does not need control groups" },
	{ "Service", "ProtectHome", "yes", NULL,
	  "it does not need the users' files" },
	{ "Service", "ProtectKernelModules", "yes", NULL,
	  "it does not need kernel modules" },
	{ "Service", "ProtectKernelTunables", "yes", NULL,
	  "it does not need to write to /proc/sys and /sys" },
	{ "Service", "ProtectSystem", "strict", NULL,
	  "it writes no files" },
	{ "Service", "RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6", NULL,
	  "it talks to systemd, its clients and the container" },
	{ "Service", "RestrictNamespaces", "yes", NULL,
	  "it does not need namespaces" },
	{ "Service", "RestrictRealtime", "yes", NULL,
	  "it does not need real-time scheduling, with which it could hold up the host" },
	{ "Service", "SystemCallArchitectures", "native", NULL,
	  "other system call interfaces would bypass the filter" },
	{ "Service", "SystemCallFilter", "@system-service", NULL,
	  "it needs only what every service needs" },
	{ 0 },
};
/* clang-format on */

static char *text(const struct record *record, const struct port *port, const struct unit_setting *settings,
		  const char *address)
{
	_cleanup_(freep) char *unit = host_unit_name(record->name);
	_cleanup_(freep) char *inside = xasprintf("%u", port->inside);

	return unit_text(record, settings, (const char *const[]){ record->name, unit, address, inside });
}

char *port_socket_text(const struct record *record, const struct port *port)
{
	_cleanup_(freep) char *place = port_place(port);

	return text(record, port, socket_settings, place);
}

char *port_service_text(const struct record *record, const struct port *port)
{
	_cleanup_(freep) char *address = ipv4_format(nets_address(&record->nets));

	return text(record, port, service_settings, address);
}
