/* See jobs.h. */
#include "jobs.h"

#include <errno.h>
#include <getopt.h>

#include "hostunit.h"
#include "interrupt.h"
#include "log.h"
#include "record.h"

static int check_container(int root_fd, const char *name, enum systemd_job job)
{
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(root_fd, name, &record);

	if (r >= 0 && record.state != RECORD_READY && job != SYSTEMD_STOP) {
		log_error("Creating container '%s' was interrupted; 'virt-sandbox-service delete %s' removes what there is.",
			  name, name);
		return -EBUSY;
	}
	return r;
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
