/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See jobs.h. */
#include "cli/cmd-jobs.h"

#include <errno.h>
#include <string.h>

#include "container/paths.h"
#include "base/signals.h"
#include "container/lock.h"
#include "base/log.h"
#include "cli/operands.h"
#include "container/record.h"
#include "base/rootfd.h"
#include "systemd/manager.h"

/* systemd would only say that it does not know it. */
static int check_unit(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = host_unit_path(name);
	struct stat st;

	if (rootfd_lstat(root_fd, path, WALK_ROOT, &st) != -ENOENT)
		return 0;
	return log_error_errno(-ENOENT,
			       "Container '%s' has no unit '%s': making or deleting it was interrupted; "
			       "'virt-sandbox-service delete %s' removes what there is.",
			       name, path, name);
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
	if (record.state == RECORD_READY)
		return check_unit(root_fd, name);
	return log_error_errno(-EBUSY,
			       "Creating container '%s' was interrupted; 'virt-sandbox-service delete %s' "
			       "removes what there is.",
			       name, name);
}

/* The lock is held until systemd has the job: then a delete that waits for it finds the job, and stops it. Before all
 * else the container is looked at without it, as there is none to lock for a wrong name. */
static int before(void *data, size_t i)
{
	struct request *rq = data;
	const char *name = rq->names->v[i];
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(rq->context->root_fd, name, &record);

	if (r == 0 && !rq->context->on_host)
		r = log_error_errno(-EINVAL, "Container '%s' is one of the system below '%s', and runs only there.",
				    name, rq->context->root);
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

int jobs_run(const struct context *context, enum systemd_job job, const struct strv *names)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	struct request request = { .context = context, .job = job, .names = names, .lock = LOCK_INIT };
	const struct systemd_jobs jobs = {
		.job = job,
		.units = &units,
		.before = before,
		.after = after,
		.data = &request,
	};
	int r = systemd_connect(&bus), signal;

	if (r < 0)
		return r;
	for (size_t i = 0; i < names->n; i++)
		strv_take(&units, host_unit_name(names->v[i]));
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		signals_die(signal);
	return r;
}

int jobs_verb(const struct verb *verb, const struct context *context, int argc, char **argv, enum systemd_job job)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = operands_read(verb, context, argc, argv, &names);

	if (r)
		return r;
	return verb_need_root(verb) < 0 || jobs_run(context, job, &names) < 0;
}
