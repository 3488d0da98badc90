/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enable, disable: like 'systemctl enable' and 'disable' of the container's unit, which make it start with the host or
 * not; with --now, they start or stop it, too. */
#include <errno.h>

#include "cli/cmds.h"
#include "container/paths.h"
#include "container/open.h"
#include "base/log.h"
#include "cli/jobs.h"
#include "cli/operands.h"
#include "systemd/manager.h"

#define INTO(member) offsetof(struct operands, member)
static const struct verb_option enable_options[] = {
	OPERANDS_ALL,
	{ "now", 0, NULL, "start them now, too", verb_take_flag, INTO(now) },
	{ 0 },
};
static const struct verb_option disable_options[] = {
	OPERANDS_ALL,
	{ "now", 0, NULL, "stop them now, too", verb_take_flag, INTO(now) },
	{ 0 },
};
#undef INTO

static int set_one(const struct context *context, struct sd_bus *bus, const char *name, bool enable)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	_cleanup_(freep) char *unit = host_unit_name(name);
	int r = container_open(context->root_fd, name, enable ? OPEN_READY : OPEN_ANY, &lock, &record);

	return r < 0 ? r : systemd_enable(bus, unit, enable);
}

static int set_all(const struct verb *verb, const struct context *context, int argc, char **argv, bool enable)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(operands_done) struct operands o = { 0 };
	_cleanup_(strv_done) struct strv done = { 0 };
	int r = operands_read(verb, context, argc, argv, &o);

	if (r)
		return r;
	if (verb_need_root(verb) < 0 || systemd_connect(&bus) < 0)
		return 1;
	for (size_t i = 0; i < o.names.n; i++)
		if (set_one(context, bus, o.names.v[i], enable) < 0)
			r = 1;
		else
			strv_add(&done, o.names.v[i]);
	/* Only once for all containers, because a reload takes time for each unit of the host. */
	if (systemd_reload(bus) < 0)
		return 1;
	return o.now && jobs_run(context, enable ? SYSTEMD_START : SYSTEMD_STOP, &done) ? 1 : r;
}

static int run_enable(const struct context *context, int argc, char **argv)
{
	return set_all(&cmd_enable, context, argc, argv, true);
}

static int run_disable(const struct context *context, int argc, char **argv)
{
	return set_all(&cmd_disable, context, argc, argv, false);
}

const struct verb cmd_enable = {
	.name = "enable",
	.synopsis = "[--now] NAME... | --all",
	.help = "Start containers when the host boots",
	.options = enable_options,
	.run = run_enable,
};

const struct verb cmd_disable = {
	.name = "disable",
	.synopsis = "[--now] NAME... | --all",
	.help = "Do not start containers when the host boots",
	.options = disable_options,
	.run = run_disable,
};
