/* See jobs.h. */
#include "jobs.h"

#include <errno.h>

#include "hostunit.h"
#include "interrupt.h"
#include "log.h"
#include "operands.h"
#include "record.h"
#include "rootfd.h"
#include "systemd.h"

/* systemd would only say that it does not know it. */
static int check_unit(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = host_unit_path(name);
	struct stat st;

	if (rootfd_lstat(root_fd, path, WALK_ROOT, &st) != -ENOENT)
		return 0;
	return log_error_errno(-ENOENT, "Container '%s' has no unit '%s': making or deleting it was interrupted; "
					"'virt-sandbox-service delete %s' removes what there is.", name, path, name);
}

struct request {
	int root_fd;
	enum systemd_job job;
	const struct strv *names;
};

static int before(void *data, size_t i)
{
	const struct request *rq = data;
	const char *name = rq->names->v[i];
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(rq->root_fd, name, &record);

	if (r < 0)
		return r;
	if (record.state != RECORD_READY && rq->job != SYSTEMD_STOP) {
		log_error("Creating container '%s' was interrupted; 'virt-sandbox-service delete %s' removes what there is.",
			  name, name);
		return -EBUSY;
	}
	return rq->job == SYSTEMD_STOP ? 0 : check_unit(rq->root_fd, name);
}

int jobs_run(const struct globals *globals, enum systemd_job job, const struct strv *names)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	struct request request = { .root_fd = globals->root_fd, .job = job, .names = names };
	const struct systemd_jobs jobs = { .job = job, .units = &units, .before = before, .data = &request };
	int r = systemd_connect(&bus), signal;

	if (r < 0)
		return r;
	for (size_t i = 0; i < names->n; i++)
		strv_take(&units, host_unit_name(names->v[i]));
	r = systemd_run_jobs(bus, &jobs, &signal);
	if (r == -EINTR)
		interrupt_die(signal);
	return r;
}

int jobs_verb(const struct cmd *cmd, const struct globals *globals, int argc, char **argv, enum systemd_job job)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = operands_read(cmd, globals, argc, argv, &names);

	return r ? r : jobs_run(globals, job, &names) < 0;
}
