/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that loads libvirt, for our other programs: a short process for each thing to do, so that neither the command
 * nor the monitors carry libvirt's libraries. VERB NAME, with '-c URI' before it. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/stdio.h"
#include "cli/cmds.h"
#include "running/relay.h"

static const struct verb *const commands[] = {
	&cmd_domain_start,   &cmd_domain_stop,	   &cmd_domain_limit,
	&cmd_domain_usage,   &cmd_network_show,	   &cmd_network_make,
	&cmd_network_remove, &cmd_libvirt_version, NULL,
};

int main(int argc, char **argv)
{
	struct context context = { .connect = "lxc:///", .root = "/", .root_fd = -1 };
	int first = 1, r;

	if (stdio_fill() < 0)
		return 1; /* nobody could be told */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && strcmp(argv[1], "-c") == 0) {
		context.connect = argv[2];
		first = 3;
	}
	if (first >= argc) {
		log_error("This program is run by virt-sandbox-service(8).");
		return 2;
	}
	r = verb_run(commands, &context, argc - first, argv + first);
	return fflush(stdout) != 0 && r == 0 ? 1 : r;
}
