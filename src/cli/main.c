/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command: the options before the verb, and the table of verbs, from which help is printed. */
#include "base/verb.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/stdio.h"
#include "cli/cmds.h"

/* In the order of the help, from preparing the host to deleting a container. */
static const struct verb *const commands[] = {
	&cmd_setup,   &cmd_create,  &cmd_start,	 &cmd_stop,	    &cmd_restart, &cmd_reload,	&cmd_enable,
	&cmd_disable, &cmd_list,    &cmd_status, &cmd_show,	    &cmd_logs,	  &cmd_connect, &cmd_execute,
	&cmd_set,     &cmd_relabel, &cmd_delete, &cmd_domain_check, NULL,
};

/* The options before the command. */
static const struct verb_option options[] = {
	{ "connect", 'c', "URI", "use this libvirt connection (default: lxc:///)" },
	{ "root", 0, "DIR", "operate on the system below DIR instead of /" },
	{ "package-manager", 0, "NAME", "rpm or dpkg (default: the one that owns the unit)" },
	{ "verbose", 'v', NULL, "print what is done; twice: with details and times" },
	{ "quiet", 'q', NULL, "print errors only" },
	{ "help", 'h', NULL, "print this help; after a command, its help" },
	{ "version", 0, NULL, "print the version" },
	{ 0 },
};
static const struct verb program = { .name = "", .options = options, .in_order = true };

static void print_help(void)
{
	printf("Usage: virt-sandbox-service [OPTION...] COMMAND ...\n"
	       "\n"
	       "Run services of this host in secure containers.\n"
	       "\n"
	       "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		if (!commands[i]->internal)
			printf("  %-9s %-34s %s\n", commands[i]->name, commands[i]->synopsis, commands[i]->help);
	printf("\nOptions before the command:\n");
	verb_print_options(options);
	printf("\nSee virt-sandbox-service(8).\n");
}

/* Returns 0 to go on, 1 if an option has done everything, or -EINVAL after a message. */
static int parse_options(struct context *context, int argc, char **argv)
{
	const struct verb_option *o;
	int verbose = 0;

	while ((o = verb_getopt(&program, argc, argv))) {
		if (o == &verb_bad_option)
			return -EINVAL;
		if (strcmp(o->name, "connect") == 0) {
			context->connect = optarg;
		} else if (strcmp(o->name, "root") == 0) {
			context->root = optarg;
		} else if (strcmp(o->name, "package-manager") == 0) {
			context->package_manager = optarg;
		} else if (strcmp(o->name, "verbose") == 0) {
			verbose++;
		} else if (strcmp(o->name, "quiet") == 0) {
			context->quiet = true;
		} else if (strcmp(o->name, "help") == 0) {
			print_help();
			return 1;
		} else {
			printf("virt-sandbox-service %s\n", PACKAGE_VERSION);
			return 1;
		}
	}
	if (context->quiet || verbose)
		log_set_level(context->quiet ? LOG_LEVEL_ERROR : verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return 0;
}

/* If output was lost, because of a full disk for instance, the command must not succeed. */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_error("Cannot write the output: %m");
	return status ? status : 1;
}

int main(int argc, char **argv)
{
	struct context context = { .connect = "lxc:///", .root = "/", .root_fd = -1 };
	int r;

	if (stdio_fill() < 0)
		return 1; /* there is no way to report it */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	r = parse_options(&context, argc, argv);
	if (r != 0)
		return r < 0 ? 2 : finish_output(0);
	if (optind == argc) {
		log_error("No command was given; 'virt-sandbox-service --help' lists the commands.");
		return 2;
	}
	return finish_output(verb_run(commands, &context, argc - optind, argv + optind));
}
