/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A move that was cut short is completed first, wherever that one went. */
#include "cli/move.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/signals.h"
#include "container/open.h"
#include "copies/move.h"
#include "create/plan-json.h"
#include "running/hold.h"
#include "systemd/manager.h"

static int finish(const struct move *move, struct record *record)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r = move_finish(move->context, record);

	if (r < 0)
		log_error("Container '%s' is moved in part; the same command again completes it.", record->name);
	else if (move->context->on_host && systemd_connect(&bus) == 0)
		systemd_reload(bus); /* its unit names the directory */
	return r;
}

static int apply(const struct move *move, const struct record *record, const struct hold *hold, struct plan *plan)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	_cleanup_(record_done) struct record moved = { 0 };
	int r = signals_begin(&signals);

	if (r < 0)
		return log_error_errno(r, "Cannot wait for signals: %m");
	r = move_apply(move->context, record, plan, hold_check, hold, &moved);
	if (r == -EINTR)
		log_error("Interrupted; container '%s' is where it was.", record->name);
	else if (r == -EUCLEAN)
		log_error("Container '%s' is moved in part; the same command again completes it.", record->name);
	return r < 0 ? r : finish(move, &moved);
}

int move_container(const struct move *move, struct record *record)
{
	_cleanup_(hold_done) struct hold hold = { 0 };
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(freep) char *path = xasprintf("%s/%s", move->dir, record->name);
	int r = 0;

	if (move->dry_run || record->state != RECORD_MOVING)
		r = container_check_ready(record);
	else
		r = finish(move, record);
	if (r == 0)
		r = container_check_upgraded(move->context->root_fd, record->name);
	if (r < 0)
		return r;
	if (strcmp(path, record->path) == 0) {
		if (!move->context->quiet && !move->dry_run)
			printf("Container '%s' is in '%s'\n", record->name, path);
		return 0;
	}
	r = hold_begin(move->context, record->name, false, &hold);
	if (r == 0)
		r = move_compose(move->context, record, path, &plan);
	if (r < 0)
		return r;
	if (move->dry_run) {
		plan_show(record, &plan, move->json, false);
		return 0;
	}
	umask(0);
	r = apply(move, record, &hold, &plan);
	if (r == 0 && !move->context->quiet)
		printf("Moved container '%s' to '%s'\n", record->name, path);
	return r;
}
