/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See publish.h. Nothing but names, digits and dots gets into the texts. */
#include "container/port.h"

#include <errno.h>
#include <string.h>

#include "create/host-unit.h"
#include "container/record-value.h"

void port_done(struct port *port)
{
	free(port->ip);
	*port = (struct port){ 0 };
}

/* A port that can be connected to, in the one form that it has. */
static int parse_number(const char *text, size_t len, unsigned int *ret)
{
	_cleanup_(freep) char *digits = xstrndup(text, len);
	uint64_t number;

	if (*digits == '0' || parse_u64(digits, UINT16_MAX, &number) < 0)
		return -EINVAL;
	*ret = (unsigned int)number;
	return 0;
}

int port_parse(const char *text, struct port *ret)
{
	const char *inside = strrchr(text, ':'), *host = inside;
	_cleanup_(freep) char *ip = NULL;
	unsigned int host_port, inside_port;

	while (host && host > text && host[-1] != ':')
		host--;
	if (!inside || parse_number(host, (size_t)(inside - host), &host_port) < 0 ||
	    parse_number(inside + 1, strlen(inside + 1), &inside_port) < 0)
		return -EINVAL;
	ip = host > text ? xstrndup(text, (size_t)(host - text) - 1) : xstrdup("");
	if (host > text && !value_is_gateway(ip))
		return -EINVAL;
	*ret = (struct port){ steal_ptr(ip), host_port, inside_port };
	return 0;
}

bool port_valid(const char *text)
{
	_cleanup_(port_done) struct port port = { 0 };

	return port_parse(text, &port) == 0;
}

char *port_place(const struct port *port)
{
	return xasprintf("%s%s%u", port->ip, *port->ip ? ":" : "", port->host);
}

static bool is_everywhere(const struct port *port)
{
	return !*port->ip || strcmp(port->ip, "0.0.0.0") == 0;
}

bool port_clashes(const struct port *a, const struct port *b)
{
	return a->host == b->host && (is_everywhere(a) || is_everywhere(b) || strcmp(a->ip, b->ip) == 0);
}

char *port_unit_name(const char *name, const struct port *port, const char *suffix)
{
	return xasprintf("%s_sandbox-%s%s%u.%s", name, port->ip, *port->ip ? "-" : "", port->host, suffix);
}

char *port_unit_path(const char *name, const struct port *port, const char *suffix)
{
	_cleanup_(freep) char *unit = port_unit_name(name, port, suffix);

	return xasprintf("/etc/systemd/system/%s", unit);
}

/* It listens from before the container is up until after it is down: nobody who comes in between is refused. FreeBind=,
 * because at boot the address may come later. */
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

static char *first_address(const struct record *record)
{
	for (size_t i = 0; i < record->n_nets; i++)
		if (*record->nets[i].address)
			return xstrndup(record->nets[i].address, strcspn(record->nets[i].address, "/"));
	return xstrdup("");
}

/* The proxy sees what strangers send and needs nothing of the host but the network. */
char *port_service_text(const struct record *record, const struct port *port)
{
	_cleanup_(freep) char *unit = host_unit_name(record->name);
	_cleanup_(freep) char *address = first_address(record);

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
