/* See jobs.h. */
#include "jobs.h"

#include <errno.h>
#include <getopt.h>

#include "hostunit.h"
#include "interrupt.h"
#include "log.h"
#include "record.h"
#include "rootfd.h"

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

static int check_container(int root_fd, const char *name, enum systemd_job job)
{
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(root_fd, name, &record);

	if (r >= 0 && record.state != RECORD_READY && job != SYSTEMD_STOP) {
		log_error("Creating container '%s' was interrupted; 'virt-sandbox-service delete %s' removes what there is.",
			  name, name);
		return -EBUSY;
	}
	return r < 0 || job == SYSTEMD_STOP ? r : check_unit(root_fd, name);
}

int jobs_verb(const struct cmd *cmd, const struct globals *globals, int argc, char **argv, enum systemd_job job)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(strv_done) struct strv units = { 0 };
	int r, signal;

	if (cmd_getopt(cmd, argc, argv)) /* they have no options, so it was a bad one */
		return 2;
	if (optind >= argc)
		return cmd_usage(cmd, "needs the names of containers");
	for (int i = optind; i < argc; i++) {
		if (check_container(globals->root_fd, argv[i], job) < 0)
			return 1;
		strv_take(&units, host_unit_name(argv[i]));
	}
	if (systemd_connect(&bus) < 0)
		return 1;
	r = systemd_run_jobs(bus, job, &units, &signal);
	if (r == -EINTR)
		interrupt_die(signal);
	return r < 0;
}
