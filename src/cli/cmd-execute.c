/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* execute: runs a command in a running container, with our standard input, output and error, and returns its exit
 * status, or FAILED, as env(1) and podman-exec(1) have it, where the command was not run or its status is lost. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmds.h"
#include "container/record-file.h"
#include "running/command.h"
#include "running/enter.h"
#include "running/machine-bus.h"
#include "running/terminal.h"
#include "running/unit-run.h"

#define FAILED 125

struct execute {
	struct command command;
	struct strv env;
	bool wants_tty, no_input;
	struct pty pty;
};

#define INTO(member) offsetof(struct execute, member)
static const struct verb_option options[] = {
	{ "user", 'u', "NAME", "run as this user of the container (default: root)", verb_take_word,
	  INTO(command.user) },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; may be repeated", verb_take_assignment, INTO(env) },
	{ "cwd", 0, "DIR", "run in this directory of the container (default: /)", verb_take_directory,
	  INTO(command.cwd) },
	{ "no-stdin", 'n', NULL, "give the command no input", verb_take_flag, INTO(no_input) },
	{ "tty", 't', NULL, "run on a terminal of the container; ^] leaves it", verb_take_flag, INTO(wants_tty) },
	{ 0 },
};
#undef INTO

/* 0, or not after a usage message. */
static int parse(struct execute *e, int argc, char **argv)
{
	int r = verb_parse(&cmd_execute, argc, argv, e);

	if (r)
		return r;
	if (e->no_input && e->wants_tty)
		return verb_usage(&cmd_execute, "a terminal has input: use --tty or --no-stdin");
	if (e->no_input)
		e->command.stdio[0] = -1;
	argv += optind;
	if (!argv[0])
		return verb_usage(&cmd_execute, "give the name of a container");
	e->command.name = argv[0];
	e->command.argv = argv + 1;
	if (argv[1] && strcmp(argv[1], "--") == 0)
		e->command.argv++;
	if (!e->command.argv[0])
		return verb_usage(&cmd_execute, "give a command to run in container '%s'", e->command.name);
	return 0;
}

/* Returns the exit status of the command, or -errno after a message. */
static int execute(const struct context *context, struct execute *e)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(context->root_fd, e->command.name, &record);

	if (r < 0)
		return r;
	e->command.owner = record.uid_base;
	e->command.env = &e->env;
	r = machine_bus_try(context->root_fd, e->command.name, &bus);
	if (r == 0 && e->wants_tty) {
		r = pty_open(context->root_fd, e->command.name, &e->pty);
		e->command.pty = &e->pty;
	}
	if (r < 0)
		return r;
	r = bus ? unit_run(bus, &e->command) : enter_run(context->root_fd, &record, &e->command);
	return r == -ECANCELED ? 0 : r;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct execute e = {
		.command = { .stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO }, .timeout = UINT64_MAX },
		.pty = PTY_INIT,
	};
	int r = parse(&e, argc, argv) ? -EINVAL : execute(context, &e);

	pty_done(&e.pty);
	strv_done(&e.env);
	return r < 0 ? FAILED : r;
}

const struct verb cmd_execute = {
	.name = "execute",
	.aliases = { "exec" },
	.synopsis = "[OPTION...] NAME [--] COMMAND [ARGUMENT...]",
	.help = "Run a command in a running container and return its exit status",
	.options = options,
	.run = run,
	.in_order = true,
};
