/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start, stop, restart: like systemctl(1) for the containers' units, many at once. */
#include "cli/cmds.h"
#include "cli/jobs.h"
#include "cli/operands.h"

static int run(const struct verb *verb, const struct context *context, int argc, char **argv, enum systemd_job job)
{
	_cleanup_(operands_done) struct operands o = { 0 };
	int r = operands_read(verb, context, argc, argv, &o);

	if (r)
		return r;
	return verb_need_root(verb) < 0 ? 1 : jobs_run(context, job, &o.names);
}

static int run_start(const struct context *context, int argc, char **argv)
{
	return run(&cmd_start, context, argc, argv, SYSTEMD_START);
}

static int run_stop(const struct context *context, int argc, char **argv)
{
	return run(&cmd_stop, context, argc, argv, SYSTEMD_STOP);
}

static int run_restart(const struct context *context, int argc, char **argv)
{
	return run(&cmd_restart, context, argc, argv, SYSTEMD_RESTART);
}

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

const struct verb cmd_start = {
	.name = "start",
	.synopsis = "NAME... | --all",
	.help = "Start containers and wait until the services in them are up",
	.options = options,
	.run = run_start,
};

const struct verb cmd_stop = {
	.name = "stop",
	.synopsis = "NAME... | --all",
	.help = "Shut containers down and wait until nothing of them runs",
	.options = options,
	.run = run_stop,
};

const struct verb cmd_restart = {
	.name = "restart",
	.synopsis = "NAME... | --all",
	.help = "Shut containers down and start them again",
	.options = options,
	.run = run_restart,
};
