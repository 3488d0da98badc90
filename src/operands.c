/* See operands.h. */
#include "operands.h"

#include <getopt.h>

#include "record.h"

int operands_read(const struct cmd *cmd, const struct globals *globals, int argc, char **argv, struct strv *ret)
{
	const struct cmd_option *o;
	bool all = false;

	while ((o = cmd_getopt(cmd, argc, argv))) {
		if (o == &cmd_bad_option)
			return 2;
		all = true;
	}
	if (all && optind < argc)
		return cmd_usage(cmd, "takes either names or --all");
	if (!all && optind == argc)
		return cmd_usage(cmd, "needs the names of containers%s", cmd->options ? ", or --all" : "");
	for (int i = optind; i < argc; i++)
		strv_add_once(ret, argv[i]);
	return all && record_names(globals->root_fd, ret) < 0;
}
