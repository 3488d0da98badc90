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

static const struct verb cmd_help;

/* In the order of the help, from preparing the host to deleting a container. */
static const struct verb *const commands[] = {
	&cmd_setup, &cmd_create,  &cmd_clone,	&cmd_snapshot, &cmd_restore,	  &cmd_snapshots,   &cmd_start,
	&cmd_stop,  &cmd_restart, &cmd_reload,	&cmd_enable,   &cmd_disable,	  &cmd_list,	    &cmd_status,
	&cmd_top,   &cmd_show,	  &cmd_logs,	&cmd_connect,  &cmd_execute,	  &cmd_cp,	    &cmd_set,
	&cmd_edit,  &cmd_rename,  &cmd_upgrade, &cmd_diff,     &cmd_relabel,	  &cmd_export,	    &cmd_import,
	&cmd_adopt, &cmd_forget,  &cmd_delete,	&cmd_help,     &cmd_domain_check, &cmd_domain_look, NULL,
};

struct program {
	struct context context;
	int verbose;
};

/* If output was lost, because of a full disk for instance, the command must not succeed. */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	log_error("Cannot write the output: %m");
	return status ? status : 1;
}

static char *take_version(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	(void)value;
	(void)at;
	printf("virt-sandbox-service %s\n", PACKAGE_VERSION);
	exit(finish_output(0));
}

static char *take_help(const struct verb_option *option, const char *value, void *at);

/* The options before the command. */
#define INTO(member) offsetof(struct program, member)
static const struct verb_option options[] = {
	{ "connect", 'c', "URI", "use this libvirt connection (default: lxc:///)", verb_take_word,
	  INTO(context.connect) },
	{ "root", 0, "DIR", "operate on the system below DIR instead of /", verb_take_word, INTO(context.root) },
	{ "package-manager", 0, "NAME", "rpm or dpkg (default: the one that owns the unit)", verb_take_word,
	  INTO(context.package_manager) },
	{ "verbose", 'v', NULL, "print what is done; twice: with details and times", verb_take_count, INTO(verbose) },
	{ "quiet", 'q', NULL, "print no warnings and no confirmations", verb_take_flag, INTO(context.quiet) },
	{ "help", 'h', NULL, "print this help; after a command, its help", take_help, 0 },
	{ "version", 0, NULL, "print the version", take_version, 0 },
	{ 0 },
};
#undef INTO
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

static char *take_help(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	(void)value;
	(void)at;
	print_help();
	exit(finish_output(0));
}

/* Prints the help of the program, or of the named command. */
static int run_help(const struct context *context, int argc, char **argv)
{
	const struct verb *verb = &cmd_help;
	int r = verb_parse(&cmd_help, argc, argv, NULL);

	(void)context;
	if (r)
		return r;
	if (argc - optind > 1)
		return verb_usage(&cmd_help, "give the name of one command");
	if (optind == argc)
		print_help();
	else if ((verb = verb_find(commands, argv[optind])))
		verb_help(verb);
	return verb ? 0 : 2;
}

static const struct verb cmd_help = {
	.name = "help",
	.synopsis = "[COMMAND]",
	.help = "Print the help of a command, or the list of commands",
	.run = run_help,
	.any_root = true,
};

int main(int argc, char **argv)
{
	struct program p = { .context = { .connect = "lxc:///", .root = "/", .root_fd = -1 } };

	if (stdio_fill() < 0)
		return 1; /* there is no way to report it */
	log_begin();
	signal(SIGPIPE, SIG_IGN);
	if (verb_parse(&program, argc, argv, &p))
		return 2;
	if (p.context.quiet || p.verbose)
		log_set_level(p.context.quiet ? LOG_LEVEL_ERROR : p.verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (optind == argc) {
		log_error("No command was given; 'virt-sandbox-service --help' lists the commands.");
		return 2;
	}
	return finish_output(verb_run(commands, &p.context, argc - optind, argv + optind));
}
