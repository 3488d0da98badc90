/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* connect: opens a root shell in a container, on a terminal of the container, as a login would. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cmds.h"
#include "container/record-file.h"
#include "running/command.h"
#include "running/enter.h"
#include "running/machine-bus.h"
#include "running/terminal.h"
#include "running/unit-run.h"

static int connect_to(const struct context *context, const char *name)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(pty_done) struct pty pty = PTY_INIT;
	struct command command = {
		.name = name,
		.argv = command_login_shell, /* the container's systemd sets SHELL and HOME from its users */
		.stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.timeout = UINT64_MAX,
		.pty = &pty,
	};
	int r;

	if (record_load(context->root_fd, name, &record) < 0 || machine_bus_try(context->root_fd, name, &bus) < 0 ||
	    pty_open(context->root_fd, name, &pty) < 0)
		return 1;
	command.owner = record.uid_base;
	if (!context->quiet)
		fprintf(stderr, "Connected to container '%s'; ^] leaves it.\n", name);
	r = bus ? unit_run(bus, &command) : enter_run(context->root_fd, &record, &command);
	if (r == -ECANCELED && !context->quiet)
		fprintf(stderr,
			"\n"
			"Left container '%s', which keeps running.\n",
			name);
	return r == -ECANCELED ? 0 : r < 0 ? 1 : r;
}

static int run(const struct context *context, int argc, char **argv)
{
	if (verb_parse(&cmd_connect, argc, argv, NULL))
		return 2;
	if (argc - optind != 1)
		return verb_usage(&cmd_connect, "give the name of one container");
	if (!isatty(STDIN_FILENO)) {
		log_error("Standard input is not a terminal; run a command in the container with "
			  "'virt-sandbox-service execute %s -- COMMAND'.",
			  argv[optind]);
		return 1;
	}
	return connect_to(context, argv[optind]);
}

const struct verb cmd_connect = {
	.name = "connect",
	.synopsis = "NAME",
	.help = "Open a shell in a running container",
	.run = run,
};
