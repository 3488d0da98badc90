/* execute: a command in a running container, with our standard input, output and error and with its exit status. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmds.h"
#include "machine.h"
#include "record.h"

static int run(const struct globals *globals, int argc, char **argv)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	_cleanup_(record_done) struct record record = { 0 };
	struct machine_command command = { .stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
					   .timeout = UINT64_MAX };
	int r;

	if (cmd_getopt(&cmd_execute, argc, argv)) /* it has no options, so it was a bad one */
		return 2;
	argv += optind;
	if (!argv[0])
		return cmd_usage(&cmd_execute, "needs the name of a container");
	command.name = argv[0];
	command.argv = argv + 1;
	if (argv[1] && strcmp(argv[1], "--") == 0)
		command.argv++;
	if (!command.argv[0])
		return cmd_usage(&cmd_execute, "needs a command to run in container '%s'", command.name);
	if (record_load(globals->root_fd, command.name, &record) < 0)
		return 1;
	command.owner = record.uid_base;
	if (machine_connect(globals->root_fd, command.name, &bus) < 0)
		return 1;
	r = machine_run(bus, &command);
	return r < 0 ? 1 : r;
}

const struct cmd cmd_execute = {
	.name = "execute",
	.synopsis = "NAME [--] COMMAND [ARGUMENT...]",
	.help = "Run a command in a running container and return its exit status",
	.run = run,
	.in_order = true,
};
