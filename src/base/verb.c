/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the verbs share: parsing options by their tables, help, and usage messages. */
#include "base/verb.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "base/strv.h"

#define MAX_OPTIONS 40
#define LONG_OPTION 256 /* what getopt_long(3) returns for the first long option; smaller values are letters */

/* Tells what is wrong with the option for which getopt_long(3) returned 'c'. Its letter may be one of several in an
 * argument, which is then not 'word'. */
static void refuse(const struct verb *verb, int c, const char *word)
{
	bool is_letter = optopt != 0 && optopt < LONG_OPTION;
	_cleanup_(freep) char *option = is_letter ? xasprintf("-%c", optopt) : xstrdup(word);

	verb_usage(verb,
		   c == ':'		   ? "option '%s' needs an argument"
		   : optopt >= LONG_OPTION ? "option '%s' takes no argument"
					   : "unknown option '%s'",
		   option);
}

char *verb_take_flag(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	(void)value;
	*(bool *)at = true;
	return NULL;
}

char *verb_take_count(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	(void)value;
	++*(int *)at;
	return NULL;
}

char *verb_take_word(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	*(const char **)at = value;
	return NULL;
}

char *verb_take_item(const struct verb_option *option, const char *value, void *at)
{
	(void)option;
	strv_add(at, value);
	return NULL;
}

char *verb_take_directory(const struct verb_option *option, const char *value, void *at)
{
	return *value == '/' ? verb_take_word(option, value, at)
			     : xasprintf("--%s takes an absolute path, not '%s'", option->name, value);
}

char *verb_take_assignment(const struct verb_option *option, const char *value, void *at)
{
	size_t n = 0;

	while (isalnum((unsigned char)value[n]) || value[n] == '_')
		n++;
	if (n > 0 && !isdigit((unsigned char)*value) && value[n] == '=')
		return verb_take_item(option, value, at);
	return xasprintf("--%s takes NAME=VALUE, not '%s'", option->name, value);
}

/* Returns 1 and the row of the next option, 0 at the end of the options, or -EINVAL after a usage message. */
static int next_option(const struct verb *verb, int argc, char **argv, const struct verb_option **ret)
{
	struct option longs[MAX_OPTIONS + 1] = { 0 };
	char shorts[2 * MAX_OPTIONS + 3] = "";
	size_t n = 0, s = 0;
	int c;

	if (verb->in_order)
		shorts[s++] = '+';
	shorts[s++] = ':'; /* tells a missing argument from an unknown option */
	for (const struct verb_option *o = verb->options; o && o->name && n < MAX_OPTIONS; o++, n++) {
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
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (c != LONG_OPTION + (int)i && (c >= LONG_OPTION || c != verb->options[i].letter))
			continue;
		*ret = &verb->options[i];
		return 1;
	}
	refuse(verb, c, argv[optind - 1]);
	return -EINVAL;
}

int verb_each(const struct verb *verb, int argc, char **argv,
	      int (*visit)(void *data, const struct verb_option *option, const char *value), void *data)
{
	const struct verb_option *o;
	int r;

	while ((r = next_option(verb, argc, argv, &o)) > 0) {
		r = visit(data, o, o->argument ? optarg : NULL);
		if (r != 0)
			return r;
	}
	return r < 0 ? 2 : 0;
}

struct filling {
	const struct verb *verb;
	char *into;
};

static int fill(void *data, const struct verb_option *o, const char *value)
{
	const struct filling *f = data;
	_cleanup_(freep) char *wrong = o->take(o, value, f->into + o->offset);

	if (wrong && *wrong == '-')
		return verb_usage(f->verb, "%s", wrong);
	return wrong ? verb_usage(f->verb, "--%s must be %s, not '%s'", o->name, wrong, value) : 0;
}

int verb_parse(const struct verb *verb, int argc, char **argv, void *into)
{
	return verb_each(verb, argc, argv, fill, &(struct filling){ verb, into });
}

int verb_usage(const struct verb *verb, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	log_error("%s%s%s.", verb->name, *verb->name ? ": " : "", text);
	fprintf(stderr, "Try '%s%s%s --help'.\n", log_program, *verb->name ? " " : "", verb->name);
	return 2;
}

int verb_need_root(const struct verb *verb)
{
	if (geteuid() == 0)
		return 0;
	return log_error_errno(-EPERM, "Only root can run '%s%s%s'.", log_program, *verb->name ? " " : "", verb->name);
}

void verb_print_options(const struct verb_option *options)
{
	for (const struct verb_option *o = options; o->name; o++) {
		_cleanup_(freep) char *left =
			xasprintf("--%s%s%s", o->name, o->argument ? "=" : "", o->argument ? o->argument : "");

		if (o->letter)
			printf("  -%c, %-30s %s\n", o->letter, left, o->help);
		else
			printf("      %-30s %s\n", left, o->help);
	}
}

void verb_help(const struct verb *verb)
{
	printf("Usage: %s %s%s%s\n\n%s.\n", log_program, verb->name, *verb->name ? " " : "", verb->synopsis,
	       verb->help);
	for (size_t i = 0; i < ARRAY_SIZE(verb->aliases) && verb->aliases[i]; i++)
		printf("'%s' is another name for this command.\n", verb->aliases[i]);
	if (verb->options && verb->options->name) {
		printf("\nOptions:\n");
		verb_print_options(verb->options);
	}
	if (verb->more_help)
		verb->more_help();
}

static bool wants_help(const struct verb *verb, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
		if (strcmp(argv[i], "--") == 0 || (verb->in_order && argv[i][0] != '-'))
			return false;
	}
	return false;
}

#define MAX_WORD 24
#define MAX_DISTANCE 2

/* The number of letters to insert, remove, replace or exchange with a neighbour until 'a' is 'b' (the optimal string
 * alignment distance), or more than MAX_DISTANCE if either is too long to be a command. */
static size_t distance(const char *a, const char *b)
{
	size_t d[MAX_WORD + 1][MAX_WORD + 1], n = strlen(a), m = strlen(b);

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_DISTANCE + 1;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			d[i][j] = MIN(MIN(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

static const char *nearest(const struct verb *const *table, const char *name)
{
	size_t least = MIN(strlen(name), MAX_DISTANCE + 1);
	const char *found = NULL;

	for (; *table; table++) {
		const char *const names[] = { (*table)->name, (*table)->aliases[0], (*table)->aliases[1] };

		for (size_t i = 0; i < ARRAY_SIZE(names) && names[i] && !(*table)->internal; i++) {
			size_t d = distance(name, names[i]);

			if (d >= least)
				continue;
			least = d;
			found = names[i];
		}
	}
	return found;
}

static bool is_called(const struct verb *verb, const char *name)
{
	bool is = strcmp(verb->name, name) == 0;

	for (size_t i = 0; !is && i < ARRAY_SIZE(verb->aliases) && verb->aliases[i]; i++)
		is = strcmp(verb->aliases[i], name) == 0;
	return is;
}

const struct verb *verb_find(const struct verb *const *table, const char *name)
{
	const char *similar;

	for (size_t i = 0; table[i]; i++)
		if (is_called(table[i], name))
			return table[i];
	similar = nearest(table, name);
	if (similar)
		log_error("Unknown command '%s'; did you mean '%s'?", name, similar);
	else
		log_error("Unknown command '%s'; 'virt-sandbox-service --help' lists the commands.", name);
	return NULL;
}

int verb_run(const struct verb *const *table, struct context *context, int argc, char **argv)
{
	_cleanup_(closep) int root_fd = -1;
	const struct verb *verb = verb_find(table, argv[0]);

	if (!verb)
		return 2;
	if (wants_help(verb, argc, argv)) {
		verb_help(verb);
		return 0;
	}
	context->on_host = strcmp(context->root, "/") == 0;
	if (!context->on_host && !verb->any_root)
		return verb_usage(verb, "works only on the running system, without --root");
	root_fd = rootfd_open(context->root);
	if (root_fd < 0) {
		log_error_errno(root_fd, "Cannot open root directory '%s': %m", context->root);
		return 1;
	}
	context->root_fd = root_fd;
	optind = 0; /* makes getopt_long(3) start afresh */
	return verb->run(context, argc, argv);
}
