/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* set: changes what create was told, in a container's record and in everything that follows from it. */
#include <errno.h>

#include "cli/cmds.h"
#include "cli/jobs.h"
#include "cli/reconfigure.h"
#include "cli/set-options.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/record-text.h"
#include "systemd/manager.h"

static int set_autostart(const char *name, bool enable)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(freep) char *unit = host_unit_name(name);
	int r = systemd_connect(&bus);

	if (r == 0)
		r = systemd_enable(bus, unit, enable);
	return r < 0 ? r : systemd_reload(bus);
}

/* 1 if the container runs and has to be restarted. */
static int set(const struct context *context, const struct set_options *o, const char *name)
{
	const struct reconfigure how = { context, o->add.dry_run, o->add.json };
	_cleanup_(record_done) struct record now = { 0 }, record = { 0 };
	_cleanup_(lock_done) struct lock lock = LOCK_INIT;
	int r = container_open(context->root_fd, name, OPEN_READY, &lock, &now);

	if (r < 0)
		return r;
	record_copy(&now, &record);
	set_options_change(o, &record);
	r = reconfigure(&how, &now, &record);
	if (r >= 0 && !o->add.dry_run && o->autostart != SET_KEEP && set_autostart(name, o->autostart == SET_YES) < 0)
		return -EIO;
	return r;
}

static int set_all(const struct context *context, const struct set_options *o)
{
	_cleanup_(strv_done) struct strv restart = { 0 };
	int status = 0;

	for (size_t i = 0; i < o->add.names.n; i++) {
		int r = set(context, o, o->add.names.v[i]);

		if (r < 0)
			status = 1;
		else if (r > 0 && o->restart)
			strv_add(&restart, o->add.names.v[i]);
	}
	return restart.n > 0 && jobs_run(context, SYSTEMD_RESTART, &restart) ? 1 : status;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct set_options o = { .add.spec.context = context };
	int r = set_options_parse(&cmd_set, argc, argv, &o);

	if (r == 0)
		r = verb_need_root(&cmd_set) < 0 ? 1 : set_all(context, &o);
	set_options_done(&o);
	return r;
}

const struct verb cmd_set = {
	.name = "set",
	.synopsis = "OPTION... NAME...",
	.help = "Change containers",
	.options = set_option_table,
	.run = run,
};
