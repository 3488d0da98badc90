/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command: options before the verb, the table of verbs, help from that table. */
#include "base/verb.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "base/log.h"
#include "base/stdio.h"
#include "cli/cmds.h"
#include "running/relay.h"

/* In the order of the help: from the host's preparation to a container's end. */
static const struct verb *const commands[] = {
	&cmd_setup,   &cmd_create,  &cmd_start,	 &cmd_stop,	    &cmd_restart, &cmd_reload,	&cmd_enable,
	&cmd_disable, &cmd_list,    &cmd_status, &cmd_show,	    &cmd_logs,	  &cmd_connect, &cmd_execute,
	&cmd_set,     &cmd_relabel, &cmd_delete, &cmd_domain_check, NULL,
};

static const struct option global_options[] = {
	{ "connect", required_argument, NULL, 'c' },
	{ "root", required_argument, NULL, 'r' },
	{ "package-manager", required_argument, NULL, 'p' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static void print_help(void)
{
	printf("Usage: virt-sandbox-service [OPTION...] COMMAND ...\n\n"
	       "Puts services of this host into secure containers.\n\nCommands:\n");
	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->internal)
			printf("  %-9s %-34s %s\n", commands[i]->name, commands[i]->synopsis, commands[i]->help);
	printf("\nOptions before the command:\n"
	       "  -c, --connect=URI           libvirt to use (default: lxc:///)\n"
	       "      --root=DIR              work on the system below DIR instead of /\n"
	       "      --package-manager=NAME  rpm or dpkg (default: the one that owns the unit)\n"
	       "  -v, --verbose               tell what is done; twice: with details and times\n"
	       "  -q, --quiet                 say errors only\n"
	       "  -h, --help                  this text; after a command, that command's\n"
	       "      --version               the version\n\n"
	       "See virt-sandbox-service(8).\n");
}

int main(int argc, char **argv)
{
	struct context context = { .connect = "lxc:///", .root = "/", .root_fd = -1 };
	int c, verbose = 0, r;

	if (stdio_fill() < 0)
		return 1; /* nobody could be told */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+c:vqh", global_options, NULL)) >= 0) {
		switch (c) {
		case 'c':
			context.connect = optarg;
			break;
		case 'r':
			context.root = optarg;
			break;
		case 'p':
			context.package_manager = optarg;
			break;
		case 'v':
			verbose++;
			break;
		case 'q':
			context.quiet = true;
			break;
		case 'h':
			print_help();
			return 0;
		case 'V':
			printf("virt-sandbox-service %s\n", PACKAGE_VERSION);
			return 0;
		default:
			log_error("Option '%s' before the command is unknown, or lacks its argument; "
				  "'virt-sandbox-service --help' lists them.",
				  argv[optind - 1]);
			return 2;
		}
	}
	if (context.quiet || verbose)
		log_set_level(context.quiet ? LOG_LEVEL_ERROR : verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (optind == argc) {
		log_error("A command is missing; 'virt-sandbox-service --help' lists them.");
		return 2;
	}
	r = verb_run(commands, &context, argc - optind, argv + optind);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return r;
	log_error("Cannot write the output: %m");
	return r == 0 ? 1 : r;
}
