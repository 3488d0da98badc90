/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that change what runs. They come after the record in a plan, so that their undo finds the
 * files as they are for the new record. */
#include "cli/ops-live.h"

#include "container/virt-client.h"
#include "systemd/jobs.h"
#include "systemd/manager.h"

static int apply_reload(struct host *host, const struct op *op)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r = systemd_connect(&bus);

	(void)host;
	(void)op;
	if (r == 0)
		r = systemd_reload(bus);
	return r < 0 ? r : 1;
}

const struct op_kind op_reload = { "reload", false, apply_reload, NULL };

static int do_start(struct host *host, const struct op *op)
{
	int r = systemd_run_job(SYSTEMD_START, op->path);

	(void)host;
	return r < 0 ? r : 1;
}

static int do_stop(struct host *host, const struct op *op)
{
	int r = systemd_run_job(SYSTEMD_STOP, op->path);

	(void)host;
	return r < 0 ? r : 1;
}

static int undo_start(struct host *host, const struct op *op)
{
	(void)host;
	return systemd_run_job(SYSTEMD_STOP, op->path);
}

static int undo_stop(struct host *host, const struct op *op)
{
	(void)host;
	return systemd_run_job(SYSTEMD_START, op->path);
}

const struct op_kind op_start = { "start", false, do_start, undo_start };
const struct op_kind op_stop = { "stop", false, do_stop, undo_stop };

static int run_virt(const struct op *op, const char *verb)
{
	_cleanup_(freep) char *nothing = NULL;
	int r = virt_client_run(op->source, verb, op->text, &nothing);

	return r < 0 ? r : 1;
}

static int apply_limit(struct host *host, const struct op *op)
{
	(void)host;
	return run_virt(op, "domain-limit");
}

static int apply_publish(struct host *host, const struct op *op)
{
	(void)host;
	return run_virt(op, "domain-publish");
}

const struct op_kind op_limit = { "limit", false, apply_limit, NULL };
const struct op_kind op_publish = { "publish", false, apply_publish, NULL };
