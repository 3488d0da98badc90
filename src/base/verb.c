/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the verbs share: options from their tables, help and usage messages. */
#include "base/verb.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rootfd.h"

#define MAX_OPTIONS 40
#define LONG_OPTION 256 /* what getopt_long(3) returns for the first; below it are letters */

const struct cmd_option cmd_bad_option;

/* What getopt_long(3) answered with 'c' to. A letter may stand among others in its word, which is not 'word' then. */
static void refuse(const struct cmd *cmd, int c, const char *word)
{
	bool is_letter = optopt != 0 && optopt < LONG_OPTION;
	_cleanup_(freep) char *option = is_letter ? xasprintf("-%c", optopt) : xstrdup(word);

	cmd_usage(cmd,
		  c == ':'		  ? "option '%s' needs an argument"
		  : optopt >= LONG_OPTION ? "option '%s' takes no argument"
					  : "there is no option '%s'",
		  option);
}

const struct cmd_option *cmd_getopt(const struct cmd *cmd, int argc, char **argv)
{
	struct option longs[MAX_OPTIONS + 1] = { 0 };
	char shorts[2 * MAX_OPTIONS + 3] = "";
	size_t n = 0, s = 0;
	int c;

	if (cmd->in_order)
		shorts[s++] = '+';
	shorts[s++] = ':'; /* a missing argument is told apart */
	for (const struct cmd_option *o = cmd->options; o && o->name && n < MAX_OPTIONS; o++, n++) {
		longs[n] = (struct option){ o->name, o->argument ? required_argument : no_argument, NULL,
					    LONG_OPTION + (int)n };
		if (o->letter)
			shorts[s++] = o->letter;
		if (o->letter && o->argument)
			shorts[s++] = ':';
	}
	opterr = 0;
	optopt = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	if (c < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (c == LONG_OPTION + (int)i || (c < LONG_OPTION && c == cmd->options[i].letter))
			return &cmd->options[i];
	refuse(cmd, c, argv[optind - 1]);
	return &cmd_bad_option;
}

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	log_error("%s: %s.", cmd->name, text);
	fprintf(stderr, "Try 'virt-sandbox-service %s --help'.\n", cmd->name);
	return 2;
}

int cmd_need_root(const struct cmd *cmd)
{
	if (geteuid() == 0)
		return 0;
	return log_error_errno(-EPERM, "Only root can run 'virt-sandbox-service %s'.", cmd->name);
}

void cmd_help(const struct cmd *cmd)
{
	printf("Usage: virt-sandbox-service %s %s\n\n%s.\n", cmd->name, cmd->synopsis, cmd->help);
	if (!cmd->options || !cmd->options->name)
		return;
	printf("\nOptions:\n");
	for (const struct cmd_option *o = cmd->options; o->name; o++) {
		_cleanup_(freep) char *left =
			xasprintf("--%s%s%s", o->name, o->argument ? "=" : "", o->argument ? o->argument : "");

		if (o->letter)
			printf("  -%c, %-30s %s\n", o->letter, left, o->help);
		else
			printf("      %-30s %s\n", left, o->help);
	}
}

static bool wants_help(const struct cmd *cmd, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
		if (strcmp(argv[i], "--") == 0 || (cmd->in_order && argv[i][0] != '-'))
			return false;
	}
	return false;
}

int cmd_run(const struct cmd *const *table, struct globals *globals, int argc, char **argv)
{
	_cleanup_(closep) int root_fd = -1;

	for (; *table; table++) {
		if (strcmp((*table)->name, argv[0]) != 0)
			continue;
		if (wants_help((*table), argc, argv)) {
			cmd_help((*table));
			return 0;
		}
		root_fd = rootfd_open(globals->root);
		if (root_fd < 0) {
			log_error_errno(root_fd, "Cannot open root directory '%s': %m", globals->root);
			return 1;
		}
		globals->root_fd = root_fd;
		optind = 0; /* makes getopt_long(3) start afresh */
		return (*table)->run(globals, argc, argv);
	}
	log_error("There is no command '%s'; 'virt-sandbox-service --help' lists them.", argv[0]);
	return 2;
}
