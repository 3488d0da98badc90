/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uses org.freedesktop.resolve1(5). What is set there belongs to the interface and goes with it; no file of the host
 * changes. The server comes last: before the interface is known not to be for all names, its server would be one that
 * any other name may be asked of, and that other programs find in /run/systemd/resolve/resolv.conf; and an interface
 * with a server has everything else, too. */
#include "running/host-resolver.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "base/util.h"
#include "systemd/bus.h"
#include "systemd/manager.h"

#define RESOLVED_NAME "org.freedesktop.resolve1"
#define RESOLVED_PATH "/org/freedesktop/resolve1"
#define RESOLVED_MANAGER RESOLVED_NAME ".Manager"
#define RESOLVED_LINK RESOLVED_NAME ".Link"
#define CALL_TIMEOUT (UINT64_C(5) * 1000000) /* microseconds */

static const struct {
	const char *method, *reason;
} off[] = {
	{ "SetLinkLLMNR", "any container could answer" },
	{ "SetLinkMulticastDNS", "any container could answer" },
	{ "SetLinkDNSOverTLS", "the name server does not have it, and is on the host itself" },
	{ "SetLinkDNSSEC", "the world's root does not know the domain" },
};

/* Begins a call of the manager about a link, which does not start systemd-resolved. */
static int begin(sd_bus *bus, const char *method, int link, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(bus, ret, RESOLVED_NAME, RESOLVED_PATH, RESOLVED_MANAGER, method);

	if (r >= 0)
		r = sd_bus_message_set_auto_start(*ret, false);
	return r < 0 ? r : sd_bus_message_append(*ret, "i", link);
}

/* 1, 0, or -errno. */
static int has_server(sd_bus *bus, int link)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL, *servers = NULL;
	const char *path;
	int r = begin(bus, "GetLink", link, &call);

	if (r >= 0)
		r = sd_bus_call(bus, call, 0, NULL, &reply);
	if (r >= 0)
		r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		r = sd_bus_get_property(bus, RESOLVED_NAME, path, RESOLVED_LINK, "DNS", NULL, &servers, "a(iay)");
	if (r >= 0)
		r = sd_bus_message_enter_container(servers, 'a', "(iay)");
	return r < 0 ? r : sd_bus_message_at_end(servers, false) == 0;
}

/* Calls a method of the manager that sets something of a link. */
static int set(sd_bus *bus, int link, const char *method, const char *types, ...)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *call = NULL;
	int r = begin(bus, method, link, &call);
	va_list values;

	va_start(values, types);
	if (r >= 0)
		r = sd_bus_message_appendv(call, types, values);
	va_end(values);
	return r < 0 ? r : sd_bus_call(bus, call, 0, NULL, NULL);
}

int host_resolver_tell(sd_bus *bus, int link, uint32_t address, const char *domain)
{
	int r = has_server(bus, link);

	if (r != 0)
		return r < 0 ? r : 0;
	r = set(bus, link, "SetLinkDefaultRoute", "b", false);
	/* 'true': only names that have the domain are asked for there, and no name gets it appended. */
	if (r >= 0)
		r = set(bus, link, "SetLinkDomains", "a(sb)", 1, domain, true);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(off); i++)
		r = set(bus, link, off[i].method, "s", "no");
	if (r >= 0)
		r = set(bus, link, "SetLinkDNS", "a(iay)", 1, AF_INET, 4, address >> 24, address >> 16 & 255,
			address >> 8 & 255, address & 255);
	return r < 0 ? r : 1;
}

int host_resolver_add(const char *interface, uint32_t address, const char *domain)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	int link = (int)if_nametoindex(interface), r;

	if (link == 0)
		return -errno;
	r = systemd_connect(&bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT);
	return r < 0 ? r : host_resolver_tell(bus, link, address, domain);
}
