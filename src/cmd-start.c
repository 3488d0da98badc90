/* start: as 'systemctl start' of the container's unit, which returns when the services inside are up. */
#include "cmds.h"
#include "jobs.h"

static int run(const struct globals *globals, int argc, char **argv)
{
	return jobs_verb(&cmd_start, globals, argc, argv, SYSTEMD_START);
}

const struct cmd cmd_start = {
	.name = "start",
	.synopsis = "NAME...",
	.help = "Start containers and wait until the services in them are up",
	.run = run,
};
