/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enable, disable: like 'systemctl enable' and 'disable' of the container's unit, which make it start with the host or
 * not. */
#include <errno.h>

#include "cli/cmds.h"
#include "container/paths.h"
#include "container/open.h"
#include "base/log.h"
#include "cli/operands.h"
#include "systemd/manager.h"

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

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
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = operands_read(verb, context, argc, argv, &names);

	if (r)
		return r;
	if (verb_need_root(verb) < 0 || systemd_connect(&bus) < 0)
		return 1;
	for (size_t i = 0; i < names.n; i++)
		if (set_one(context, bus, names.v[i], enable) < 0)
			r = 1;
	/* Only once for all containers, because a reload takes time for each unit of the host. */
	return systemd_reload(bus) < 0 ? 1 : r;
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
	.synopsis = "NAME... | --all",
	.help = "Start containers when the host boots",
	.options = options,
	.run = run_enable,
};

const struct verb cmd_disable = {
	.name = "disable",
	.synopsis = "NAME... | --all",
	.help = "Do not start containers when the host boots",
	.options = options,
	.run = run_disable,
};
