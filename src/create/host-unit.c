/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See hostunit.h. Of what gets into the text only paths have letters that systemd does not take as they are. */
#include "create/host-unit.h"

#include <string.h>

#include "base/buf.h"
#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/port.h"

#define START_SECONDS 300
#define STOP_SECONDS 90
/* What the monitor gives the container to shut down, so that killing and cleaning up fit in as well. */
#define POWEROFF_SECONDS 75

/* No Requires= or BindsTo= on libvirt: restarting it must not stop containers. After its sockets only: libvirtd ends
 * when it has nothing to do, and systemd starts none for its socket while a unit that comes after it is being stopped,
 * which waits for just that. SyslogLevelPrefix= is off because what the container writes reaches standard output, and a
 * line of it beginning with '<0>' would be an emergency.
 * virt-guest-shutdown.target: libvirt's scope of the container is before it, and we are after it. Else a host that
 * shuts down would end the container's processes one by one, at the time when we begin to shut it down. */
static const char form[] =
	"# Made by virt-sandbox-service for container '%1$s'; 'virt-sandbox-service delete %1$s' removes it.\n"
	"[Unit]\n"
	"Description=Secure container %1$s\n"
	"Documentation=man:virt-sandbox-service.unit(5) man:virt-sandbox-service(8)\n"
	"Wants=libvirtd.socket virtlxcd.socket virtnetworkd.socket\n"
	"After=libvirtd.socket virtlxcd.socket virtnetworkd.socket\n"
	"After=network.target dbus.service systemd-machined.service\n"
	"Wants=virt-guest-shutdown.target\nAfter=virt-guest-shutdown.target\n"
	"PartOf=virt-sandbox.target\n"
	"%10$s%11$s"
	"\n"
	"[Service]\n"
	"Type=notify\n"
	"NotifyAccess=main\n"
	"ExecStart=%2$s %1$s %5$d%9$s%8$s\n"
	"ExecReload=%3$s reload %1$s\n"
	"ExecStopPost=%7$s domain-stop %1$s\n"
	"KillMode=mixed\n"
	"TimeoutStartSec=%4$d\n"
	"TimeoutStopSec=%6$d\n"
	"RuntimeDirectory=virt-sandbox-service/%1$s\n"
	"RuntimeDirectoryMode=0710\n"
	"SyslogIdentifier=%1$s\n"
	"SyslogLevelPrefix=no\n"
	"OOMScoreAdjust=-500\n"
	"\n"
	"[Install]\n"
	"WantedBy=multi-user.target virt-sandbox.target\n";

/* A port that somebody else has taken meanwhile does not keep the container from its work. */
static char *ports_text(const struct record *record)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < record->ports.n; i++) {
		_cleanup_(freep) char *unit = port_unit_name(record->name, &record->ports.v[i], "socket");

		buf_addf(&b, "Wants=%s\nAfter=%s\n", unit, unit);
	}
	return buf_steal(&b);
}

/* systemd.syntax(7), QUOTING, and systemd.unit(5), SPECIFIERS. */
static void add_required(struct buf *b, const char *path)
{
	buf_addf(b, "RequiresMountsFor=\"");
	for (; *path; path++) {
		if (strchr("\"\\", *path))
			buf_add(b, "\\", 1);
		buf_add(b, *path == '%' ? "%%" : path, *path == '%' ? 2 : 1);
	}
	buf_addf(b, "\"\n");
}

/* File systems that have to be there before: those of the tree and of directories of the host that are mounted in
 * it. */
static char *required_text(const struct record *record)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	if (record->path)
		add_required(&b, record->path);
	for (size_t i = 0; i < record->mounts.n; i++)
		if (record->mounts.v[i].source)
			add_required(&b, record->mounts.v[i].source);
	return buf_steal(&b);
}

char *host_unit_text(const struct record *record)
{
	_cleanup_(freep) char *required = required_text(record);
	_cleanup_(freep) char *ports = ports_text(record);
	const char *context = record->process_context ? record->process_context : "";

	return xasprintf(form, record->name, MONITORPATH, PROGRAMPATH, START_SECONDS, POWEROFF_SECONDS, STOP_SECONDS,
			 VIRTPATH, context, *context ? " " : "", required, ports);
}
