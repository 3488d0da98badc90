/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's unit for a container, as a table of settings: adding a setting takes one row. Only paths may contain
 * characters with a special meaning for systemd; add_mounts() quotes them. */
#include "create/host-unit.h"

#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/port.h"
#include "create/unit-text.h"

#define START_SECONDS 300 /* at least */
/* The units inside have their own time to start and to stop. The monitor gives a shutdown this much more, and systemd
 * the unit this much more than that, so that there is time left to kill the container and clean up. */
#define MARGIN_SECONDS 15

#define NAME UNIT_WORD_0 /* of the container */

#define LIBVIRT_SOCKETS "libvirtd.socket virtlxcd.socket virtnetworkd.socket"

/* systemd.syntax(7), QUOTING, and systemd.unit(5), SPECIFIERS. */
static void add_mount(struct buf *b, const char *path)
{
	buf_addf(b, "RequiresMountsFor=\"");
	for (; *path; path++) {
		if (strchr("\"\\", *path))
			buf_add(b, "\\", 1);
		buf_add(b, *path == '%' ? "%%" : path, *path == '%' ? 2 : 1);
	}
	buf_addf(b, "\"\n");
}

static void add_mounts(struct buf *b, const struct record *record)
{
	if (record->path)
		add_mount(b, record->path);
	for (size_t i = 0; i < record->mounts.n; i++)
		if (mount_is_of_host(&record->mounts.v[i]))
			add_mount(b, record->mounts.v[i].source);
}

/* systemd.unit(5), SPECIFIERS. */
static void add_description(struct buf *b, const struct record *record)
{
	const char *text = record->description ? record->description : "";

	buf_addf(b, "Description=Secure container %s%s", record->name, *text ? ": " : "");
	for (; *text; text++)
		buf_add(b, *text == '%' ? "%%" : text, *text == '%' ? 2 : 1);
	buf_add(b, "\n", 1);
}

static void add_ports(struct buf *b, const struct record *record)
{
	for (size_t i = 0; i < record->ports.n; i++) {
		_cleanup_(freep) char *unit = port_unit_name(record->name, &record->ports.v[i], "socket");

		if (record->ports.v[i].proxy)
			buf_addf(b, "Wants=%s\nAfter=%s\n", unit, unit);
	}
}

static uint32_t stop_seconds(const struct record *record)
{
	return record->stop_seconds ? record->stop_seconds : UNIT_STOP_SECONDS;
}

/* The time with so many margins added, as systemd and the monitor read it. Caller frees. */
static char *seconds(uint32_t time, unsigned int margins)
{
	return time < RECORD_FOREVER - margins * MARGIN_SECONDS ? xasprintf("%" PRIu32, time + margins * MARGIN_SECONDS)
								: xstrdup("infinity");
}

/* An interface of the host may be made by a program that works on after network.target. systemd.special(7):
 * network-online.target is for units that cannot do without. */
static void add_interfaces(struct buf *b, const struct record *record)
{
	for (size_t i = 0; i < record->nets.n; i++)
		if (!record->nets.v[i].kind->libvirt) {
			buf_addf(b, "Wants=network-online.target\nAfter=network-online.target\n");
			return;
		}
}

static void add_start(struct buf *b, const struct record *record)
{
	const char *context = record->process_context ? record->process_context : "";
	_cleanup_(freep) char *shutdown = seconds(stop_seconds(record), 1);

	buf_addf(b, "ExecStart=" MONITORPATH " %s %s%s%s\n", record->name, shutdown, *context ? " " : "", context);
}

static void add_start_time(struct buf *b, const struct record *record)
{
	_cleanup_(freep) char *time = seconds(MAX(record->start_seconds, START_SECONDS - MARGIN_SECONDS), 1);

	buf_addf(b, "TimeoutStartSec=%s\n", time);
}

static void add_stop_time(struct buf *b, const struct record *record)
{
	_cleanup_(freep) char *time = seconds(stop_seconds(record), 2);

	buf_addf(b, "TimeoutStopSec=%s\n", time);
}

/* clang-format off */
static const struct unit_setting settings[] = {
	{ "Unit", "Description", NULL, add_description,
	  "systemctl shows it" },
	{ "Unit", "Documentation", "man:virt-sandbox-service.unit(5) man:virt-sandbox-service(8)", NULL,
	  "systemctl help opens it" },
	{ "Unit", "After", LIBVIRT_SOCKETS, NULL,
	  "no Requires= or BindsTo=: restarting libvirt must not stop containers; no Wants=: a host uses either "
	  "libvirtd or the daemons for single drivers, and starting a socket of one kind stops the other; not the "
	  "daemons themselves: they exit when idle, and while a unit that is ordered after one is being stopped, "
	  "systemd would not start it again for its socket" },
	{ "Unit", "After", "network.target dbus.service systemd-machined.service", NULL,
	  "the container needs them, and stops before they do" },
	{ "Unit", "Wants", NULL, add_interfaces,
	  "a bridge or an interface of the host that the container joins exists before it; not its device unit, for "
	  "which a start would wait 90 seconds instead of saying that it is missing" },
	{ "Unit", "Wants", "virt-guest-shutdown.target", NULL,
	  "the ordering has an effect only if the target is active" },
	{ "Unit", "After", "virt-guest-shutdown.target", NULL,
	  "libvirt orders the container's scope before it: a host that shuts down stops the container through this "
	  "unit before it kills the processes of the scope" },
	{ "Unit", "PartOf", "virt-sandbox.target", NULL,
	  "stopping the target stops all containers" },
	{ "Unit", "RequiresMountsFor", NULL, add_mounts,
	  "the file systems of the tree and of the host's directories and images in it are mounted first" },
	{ "Unit", "Wants", NULL, add_ports,
	  "not Requires=: a port that something else has taken does not keep the container from running" },

	{ "Service", "Type", "notify", NULL,
	  "the start ends when the services inside are up" },
	{ "Service", "NotifyAccess", "main", NULL,
	  "only the monitor speaks for the unit" },
	{ "Service", "ExecStart", NULL, add_start,
	  "the monitor, with its time for a clean shutdown and its SELinux context" },
	{ "Service", "ExecReload", PROGRAMPATH " reload " NAME, NULL,
	  "reloads the services inside" },
	{ "Service", "ExecStopPost", VIRTPATH " domain-stop " NAME, NULL,
	  "removes what is left, however the unit ended" },
	{ "Service", "KillMode", "mixed", NULL,
	  "the monitor alone gets SIGTERM, and shuts the container down" },
	{ "Service", "TimeoutStartSec", NULL, add_start_time,
	  "services inside may take long to start" },
	{ "Service", "TimeoutStopSec", NULL, add_stop_time,
	  "the monitor's time and that for cleaning up" },
	{ "Service", "RuntimeDirectory", "virt-sandbox-service/" NAME, NULL,
	  "the monitor's socket and what the container is handed" },
	{ "Service", "RuntimeDirectoryMode", "0710", NULL,
	  "root of the container passes through it and cannot list it" },
	{ "Service", "SyslogIdentifier", NAME, NULL,
	  "the journal names the container" },
	{ "Service", "SyslogLevelPrefix", "no", NULL,
	  "a line from the container that begins with '<0>' must not count as an emergency" },
	{ "Service", "OOMScoreAdjust", "-500", NULL,
	  "the kernel kills what is in the container before the monitor" },

	{ "Install", "WantedBy", "multi-user.target virt-sandbox.target", NULL,
	  "systemctl enable starts it at boot and with the target" },
	{ 0 },
};
/* clang-format on */

char *host_unit_text(const struct record *record)
{
	return unit_text(record, settings, (const char *const[]){ record->name });
}
