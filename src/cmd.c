/* What the verbs share: options from their tables, help and usage messages. */
#include "cmd.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

#define MAX_OPTIONS 40

const struct cmd_option cmd_bad_option;

const struct cmd_option *cmd_getopt(const struct cmd *cmd, int argc, char **argv)
{
	struct option longs[MAX_OPTIONS + 1] = { 0 };
	char shorts[2 * MAX_OPTIONS + 2] = "";
	size_t n = 0, s = 0;
	int c;

	if (cmd->in_order)
		shorts[s++] = '+';
	for (const struct cmd_option *o = cmd->options; o && o->name && n < MAX_OPTIONS; o++, n++) {
		longs[n] = (struct option){ o->name, o->argument ? required_argument : no_argument, NULL,
					    256 + (int)n };
		if (o->letter)
			shorts[s++] = o->letter;
		if (o->letter && o->argument)
			shorts[s++] = ':';
	}
	opterr = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	if (c < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (c == 256 + (int)i || (c < 256 && c == cmd->options[i].letter))
			return &cmd->options[i];
	cmd_usage(cmd, "option '%s' is unknown, or lacks its argument", argv[optind - 1]);
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
	log_error("%s: %s.\nTry 'virt-sandbox-service %s --help'.", cmd->name, text, cmd->name);
	return 2;
}

void cmd_help(const struct cmd *cmd)
{
	printf("Usage: virt-sandbox-service %s %s\n\n%s.\n", cmd->name, cmd->synopsis, cmd->help);
	if (!cmd->options || !cmd->options->name)
		return;
	printf("\nOptions:\n");
	for (const struct cmd_option *o = cmd->options; o->name; o++) {
		_cleanup_(freep) char *left = xasprintf("--%s%s%s", o->name, o->argument ? "=" : "",
							o->argument ? o->argument : "");

		if (o->letter)
			printf("  -%c, %-30s %s\n", o->letter, left, o->help);
		else
			printf("      %-30s %s\n", left, o->help);
	}
}
