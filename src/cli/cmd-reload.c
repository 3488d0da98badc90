/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reload: makes those services inside that can reload their configuration do so. The host unit's ExecReload= runs
 * it. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/signals.h"
#include "cli/cmds.h"
#include "cli/jobs.h"
#include "cli/operands.h"
#include "container/record-file.h"
#include "running/machine-bus.h"
#include "systemd/manager.h"

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

#define TIMEOUT (UINT64_C(90) * 1000000) /* systemd's default for a unit */

static int find_reloadable(struct sd_bus *bus, const struct record *record, struct strv *ret)
{
	for (size_t i = 0; i < record->units.n; i++) {
		struct unit_state state;
		int r = bus_unit_state(bus, record->units.v[i], &state);

		if (r < 0)
			return r;
		if (state.can_reload && strcmp(state.active, "active") == 0)
			strv_add(ret, record->units.v[i]);
	}
	if (ret->n > 0)
		return 0;
	log_error("No service in container '%s' can be reloaded; 'virt-sandbox-service restart %s' restarts it.",
		  record->name, record->name);
	return -EOPNOTSUPP;
}

static int reload(const struct context *context, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	const struct systemd_jobs jobs = {
		.job = SYSTEMD_RELOAD,
		.units = &units,
		.inside = true,
		.timeout = TIMEOUT,
	};
	int r, signal;

	r = record_load(context->root_fd, name, &record);
	if (r == 0)
		r = machine_bus_open(context->root_fd, name, &bus);
	if (r == 0)
		r = find_reloadable(bus, &record, &units);
	if (r == 0)
		r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	if (r == -EIO)
		log_error("'virt-sandbox-service logs %s' shows why.", name);
	return r;
}

/* Leaves those that run. */
static int keep_running(struct strv *names)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv all = *names;
	_cleanup_(freep) struct unit_state *states = NULL;
	int r = systemd_connect(&bus);

	*names = (struct strv){ 0 };
	if (r == 0)
		r = jobs_states(bus, &all, &states);
	for (size_t i = 0; r == 0 && i < all.n; i++)
		if (strcmp(states[i].active, "active") == 0)
			strv_add(names, all.v[i]);
	return r;
}

static int run(const struct context *context, int argc, char **argv)
{
	_cleanup_(operands_done) struct operands o = { 0 };
	int status = operands_read(&cmd_reload, context, argc, argv, &o);

	if (status)
		return status;
	if (o.all && keep_running(&o.names) < 0)
		return 1;
	for (size_t i = 0; i < o.names.n; i++)
		if (reload(context, o.names.v[i]) < 0)
			status = 1;
	return status;
}

const struct verb cmd_reload = {
	.name = "reload",
	.synopsis = "NAME... | --all",
	.help = "Make the services in running containers reload their configuration",
	.options = options,
	.run = run,
};
