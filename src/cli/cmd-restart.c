/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* restart: as 'systemctl restart' of the container's unit, which starts one that is stopped. */
#include "cli/cmds.h"
#include "cli/cmd-jobs.h"
#include "cli/operands.h"

static const struct verb_option options[] = { OPERANDS_ALL, { 0 } };

static int run(const struct context *context, int argc, char **argv)
{
	return jobs_verb(&cmd_restart, context, argc, argv, SYSTEMD_RESTART);
}

const struct verb cmd_restart = {
	.name = "restart",
	.synopsis = "NAME... | --all",
	.help = "Shut containers down and start them again",
	.options = options,
	.run = run,
};
