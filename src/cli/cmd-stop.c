/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stop: as 'systemctl stop' of the container's unit. */
#include "cli/cmds.h"
#include "cli/cmd-jobs.h"
#include "cli/operands.h"

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

static int run(const struct context *context, int argc, char **argv)
{
	return jobs_verb(&cmd_stop, context, argc, argv, SYSTEMD_STOP);
}

const struct verb cmd_stop = {
	.name = "stop",
	.synopsis = "NAME... | --all",
	.help = "Shut containers down and wait until nothing of them runs",
	.options = options,
	.run = run,
};
