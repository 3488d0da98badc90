/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of libvirt's two kinds of daemons the host uses, and making that kind ready. The sockets of libvirtd and those
 * of the daemons for single drivers conflict: starting one stops the other (https://libvirt.org/daemons.html). So
 * containers' units are only ordered after both and want neither, and 'setup' enables the kind that is in use. */
#include "cli/libvirt-daemons.h"

#include <string.h>

#include "base/log.h"
#include "systemd/jobs.h"
#include "systemd/manager.h"

/* The kind that is preferred if nothing else decides comes first: libvirt itself recommends it. */
static const struct kind {
	const char *name;
	const char
		*service; /* of the driver for containers; runs without its socket if the administrator wants it so */
	const char *sockets[3];
} kinds[] = {
	{ "virtlxcd", "virtlxcd.service", { "virtlxcd.socket", "virtnetworkd.socket", NULL } },
	{ "libvirtd", "libvirtd.service", { "libvirtd.socket", NULL } },
};

enum use { ABSENT, INSTALLED, ENABLED, ACTIVE };

/* 'active' for a unit that runs or listens. */
static int find_use(struct sd_bus *bus, const char *unit, enum use *ret, bool *ret_enabled)
{
	struct unit_state state;
	int r = bus_unit_state(bus, unit, &state);

	if (r == 0)
		r = systemd_is_enabled(bus, unit);
	if (r < 0)
		return r;
	*ret_enabled = r > 0;
	*ret = strcmp(state.load, "loaded") != 0     ? ABSENT
	       : strcmp(state.active, "active") == 0 ? ACTIVE
	       : r > 0				     ? ENABLED
						     : INSTALLED;
	return 0;
}

/* The use of a kind is that of its driver for containers. That one's socket is not lacking if the administrator runs
 * the service without it. */
static int examine(struct sd_bus *bus, const struct kind *kind, enum use *ret, struct strv *ret_lacks)
{
	enum use service, use;
	bool service_enabled, enabled;
	int r = find_use(bus, kind->service, &service, &service_enabled);

	*ret = service;
	for (size_t i = 0; r == 0 && kind->sockets[i]; i++) {
		bool done_without = i == 0 && service == ACTIVE && service_enabled;

		r = find_use(bus, kind->sockets[i], &use, &enabled);
		if (r < 0)
			break;
		if (i == 0 && use > *ret)
			*ret = use;
		if (use != ABSENT && (use != ACTIVE || !enabled) && !done_without)
			strv_add(ret_lacks, kind->sockets[i]);
	}
	return r;
}

void libvirt_daemons_done(struct libvirt_daemons *daemons)
{
	strv_done(&daemons->lacks);
}

int libvirt_daemons_find(struct sd_bus *bus, struct libvirt_daemons *ret)
{
	enum use best = ABSENT;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_(strv_done) struct strv lacks = { 0 };
		enum use use;
		int r = examine(bus, &kinds[i], &use, &lacks);

		if (r < 0)
			return r;
		if (use <= best)
			continue;
		best = use;
		libvirt_daemons_done(ret);
		*ret = (struct libvirt_daemons){ kinds[i].name, lacks };
		lacks = (struct strv){ 0 };
	}
	if (ret->name)
		log_info("This host uses %s.", ret->name);
	return 0;
}

int libvirt_daemons_make(struct sd_bus *bus, const struct libvirt_daemons *daemons)
{
	const struct systemd_jobs jobs = { .job = SYSTEMD_START, .units = &daemons->lacks };
	int signal = 0, r = 0;

	if (daemons->lacks.n == 0)
		return 0;
	for (size_t i = 0; r == 0 && i < daemons->lacks.n; i++)
		r = systemd_enable(bus, daemons->lacks.v[i], true);
	if (r == 0)
		r = systemd_reload(bus);
	if (r == 0)
		r = systemd_run_jobs(bus, &jobs, &signal);
	return r < 0 ? r : 1;
}

int libvirt_daemons_of_networks(struct sd_bus *bus, struct strv *ret)
{
	static const char *const services[] = { "virtnetworkd.service", "libvirtd.service" };

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		struct unit_state state;
		int r = bus_unit_state(bus, services[i], &state);

		if (r < 0)
			return r;
		if (strcmp(state.active, "active") == 0)
			strv_add(ret, services[i]);
	}
	return 0;
}
