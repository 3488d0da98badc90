/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start: as 'systemctl start' of the container's unit, which returns when the services inside are up. */
#include "cli/cmds.h"
#include "cli/cmd-jobs.h"
#include "cli/operands.h"

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

static int run(const struct context *context, int argc, char **argv)
{
	return jobs_verb(&cmd_start, context, argc, argv, SYSTEMD_START);
}

const struct verb cmd_start = {
	.name = "start",
	.synopsis = "NAME... | --all",
	.help = "Start containers and wait until the services in them are up",
	.options = options,
	.run = run,
};
