/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at, starts, stops and restarts the units of many containers at once. A container without a valid record causes
 * a message, but does not affect the others. */
#include "cli/jobs.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "container/lock.h"
#include "container/open.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "create/host-dropin.h"
#include "running/health.h"
#include "systemd/journal.h"
#include "systemd/manager.h"

#define DROPINS_MAX 16 /* that are named after a failed start */

/* systemd itself would say only that it does not know the unit. The command may have been a forget, so what is advised
 * first loses nothing. */
static int check_unit(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *path = host_unit_path(record->name);
	struct stat st;

	if (rootfd_lstat(root_fd, path, WALK_ROOT, &st) != -ENOENT)
		return 0;
	return log_error_errno(-ENOENT,
			       "Container '%s' has no unit '%s', because a command that made or removed it was "
			       "interrupted; 'virt-sandbox-service adopt %s' makes it complete again, and "
			       "'virt-sandbox-service delete %s' removes what is left, with its data.",
			       record->name, path, record->path, record->name);
}

struct request {
	const struct context *context;
	enum systemd_job job;
	const struct strv *names;
	struct lock lock;
};

static int check_container(const struct request *rq, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	int root_fd = rq->context->root_fd, r = record_load(root_fd, name, &record);

	if (r < 0 || rq->job == SYSTEMD_STOP)
		return r;
	r = container_check_ready(&record);
	if (r == 0)
		r = container_check_upgraded(root_fd, name);
	return r < 0 ? r : check_unit(root_fd, &record);
}

/* The lock is held until systemd has the job, so that a delete that waits for the lock finds the job and stops it. The
 * record is read before that, too, because for a wrong name there is nothing to lock. */
static int before(void *data, size_t i)
{
	struct request *rq = data;
	const char *name = rq->names->v[i];
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(rq->context->root_fd, name, &record);

	if (r == 0)
		r = lock_try(rq->context->root_fd, name, &rq->lock);
	if (r == 0)
		r = check_container(rq, name);
	if (r < 0)
		lock_done(&rq->lock);
	return r;
}

static void after(void *data)
{
	struct request *rq = data;

	lock_done(&rq->lock);
}

/* A start that succeeds tells what is wrong all the same. */
static void tell_health(const struct context *context, const char *name)
{
	_cleanup_(health_done) struct health health = { 0 };

	health_read(context->root_fd, name, &health);
	for (size_t i = 0; i < health.n; i++) {
		const struct ailment *a = &health.v[i];

		log_warn("Container '%s' is degraded: unit '%s' %s.%s", name, a->unit, a->reason,
			 *a->messages ? " Its last messages:" : "");
		log_quote(a->messages);
	}
}

/* The job of a stop succeeds even if the container had to be killed; then its unit has failed. 0, or -EIO after
 * messages. */
static int tell_killed(struct sd_bus *bus, const struct strv *names, const struct unit_state *were)
{
	int r = 0;

	for (size_t i = 0; i < names->n; i++) {
		_cleanup_(freep) char *unit = host_unit_name(names->v[i]);
		struct unit_state now;

		if (strcmp(were[i].active, "active") != 0 || bus_unit_state(bus, unit, &now) < 0 ||
		    strcmp(now.active, "failed") != 0)
			continue;
		r = log_error_errno(-EIO,
				    "Container '%s' did not stop as it should; what it had not written may be lost.",
				    names->v[i]);
		journal_explain(unit, now.invocation);
	}
	return r;
}

/* A drop-in of the host can have settings that a container's unit cannot bear; not all of them are set back. */
static void tell_dropins(struct sd_bus *bus, const char *name)
{
	_cleanup_(freep) char *unit = host_unit_name(name);
	_cleanup_(strv_done) struct strv paths = { 0 };

	if (bus_unit_list(bus, unit, "DropInPaths", DROPINS_MAX, &paths) < 0)
		return;
	for (size_t i = 0; i < paths.n; i++)
		if (!has_suffix(paths.v[i], "/" HOST_DROPIN))
			log_error("Drop-in '%s' applies to '%s'; if its settings are the reason, change it there.",
				  paths.v[i], unit);
}

static void add_units(const struct strv *names, struct strv *ret)
{
	for (size_t i = 0; i < names->n; i++)
		strv_take(ret, host_unit_name(names->v[i]));
}

int jobs_states(struct sd_bus *bus, const struct strv *names, struct unit_state **ret)
{
	_cleanup_(strv_done) struct strv units = { 0 };

	add_units(names, &units);
	*ret = xcalloc(names->n, sizeof(**ret));
	return systemd_list(bus, HOST_UNITS, &units, *ret);
}

int jobs_run(const struct context *context, enum systemd_job job, const struct strv *names)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	_cleanup_(freep) int *results = xcalloc(names->n, sizeof(*results));
	_cleanup_(freep) struct unit_state *were = NULL;
	struct request request = { .context = context, .job = job, .names = names, .lock = LOCK_INIT };
	const struct systemd_jobs jobs = {
		.job = job,
		.units = &units,
		.results = results,
		.before = before,
		.after = after,
		.data = &request,
	};
	int r = systemd_connect(&bus), signal;

	if (r == 0 && job == SYSTEMD_STOP)
		r = jobs_states(bus, names, &were);
	if (r < 0)
		return 1;
	add_units(names, &units);
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	if (were && tell_killed(bus, names, were) < 0)
		r = -EIO;
	for (size_t i = 0; (job == SYSTEMD_START || job == SYSTEMD_RESTART) && i < names->n; i++)
		if (results[i] == 0)
			tell_health(context, names->v[i]);
		else if (results[i] == -EIO) /* its job failed */
			tell_dropins(bus, names->v[i]);
	return r < 0;
}
