/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* execute: runs a command in a running container, with our standard input, output and error, and returns its exit
 * status. */
#include <ctype.h>
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

struct execute {
	struct command command;
	struct strv env;
	bool wants_tty;
	struct pty pty;
};

static char *take_assignment(const struct verb_option *option, const char *value, void *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)value[n]) || value[n] == '_')
		n++;
	if (n > 0 && !isdigit((unsigned char)*value) && value[n] == '=')
		return verb_take_item(option, value, at);
	return xasprintf("--env takes NAME=VALUE, not '%s'", value);
}

static char *take_directory(const struct verb_option *option, const char *value, void *at)
{
	return *value == '/' ? verb_take_word(option, value, at)
			     : xasprintf("--cwd takes an absolute path, not '%s'", value);
}

#define INTO(member) offsetof(struct execute, member)
static const struct verb_option options[] = {
	{ "user", 'u', "NAME", "run as this user of the container (default: root)", verb_take_word,
	  INTO(command.user) },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; may be repeated", take_assignment, INTO(env) },
	{ "cwd", 0, "DIR", "run in this directory of the container (default: /)", take_directory, INTO(command.cwd) },
	{ "tty", 't', NULL, "run on a terminal of the container; ^] leaves it", verb_take_flag, INTO(wants_tty) },
	{ 0 },
};
#undef INTO

/* 0, or the exit status of a usage message. */
static int parse(struct execute *e, int argc, char **argv)
{
	int r = verb_parse(&cmd_execute, argc, argv, e);

	if (r)
		return r;
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

static int execute(const struct context *context, struct execute *e)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	int r;

	if (record_load(context->root_fd, e->command.name, &record) < 0)
		return 1;
	e->command.owner = record.uid_base;
	e->command.env = &e->env;
	if (machine_bus_try(context->root_fd, e->command.name, &bus) < 0)
		return 1;
	if (e->wants_tty) {
		if (pty_open(context->root_fd, e->command.name, &e->pty) < 0)
			return 1;
		e->command.pty = &e->pty;
	}
	r = bus ? unit_run(bus, &e->command) : enter_run(context->root_fd, &record, &e->command);
	return r == -ECANCELED ? 0 : r < 0 ? 1 : r;
}

static int run(const struct context *context, int argc, char **argv)
{
	struct execute e = {
		.command = { .stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO }, .timeout = UINT64_MAX },
		.pty = PTY_INIT,
	};
	int r = parse(&e, argc, argv);

	if (r == 0)
		r = execute(context, &e);
	pty_done(&e.pty);
	strv_done(&e.env);
	return r;
}

const struct verb cmd_execute = {
	.name = "execute",
	.alias = "exec",
	.synopsis = "[OPTION...] NAME [--] COMMAND [ARGUMENT...]",
	.help = "Run a command in a running container and return its exit status",
	.options = options,
	.run = run,
	.in_order = true,
};
