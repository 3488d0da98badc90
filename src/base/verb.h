/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs of a program, each with a table of its options, and the functions that parse them, print their help and run
 * them. */
#pragma once

#include "base/context.h"
#include "base/util.h"

struct verb_option {
	const char *name;     /* long name, without dashes */
	char letter;	      /* or 0 */
	const char *argument; /* like "UNIT", or NULL if it takes none */
	const char *help;
};

struct verb {
	const char *name;		   /* "" for the program itself, with the options before the command */
	const char *synopsis;		   /* "[OPTION...] NAME" */
	const char *help;		   /* one line */
	const struct verb_option *options; /* ends with a NULL name */
	/* argv[0] is the command's name. Returns the exit status: 0, 1, or 2 for usage. */
	int (*run)(const struct context *context, int argc, char **argv);
	bool in_order; /* options end at the first operand: what follows belongs to another command */
	bool internal; /* used by our own programs; not in the help */
};

/* getopt_long(3) for verb->options. Returns the option's row; NULL at the end of the options, when optind is the first
 * operand; or &verb_bad_option after a usage message. */
const struct verb_option *verb_getopt(const struct verb *verb, int argc, char **argv);
extern const struct verb_option verb_bad_option;

/* Opens the root, completes 'context', and runs the command that argv[0] names; 'table' ends with NULL. Returns the
 * exit status. */
int verb_run(const struct verb *const *table, struct context *context, int argc, char **argv);

/* Prints the options and the help of one command on standard output. */
void verb_help(const struct verb *verb);
void verb_print_options(const struct verb_option *options);

/* For verbs that only root can run. 0, or -EPERM after a message. */
int verb_need_root(const struct verb *verb);

/* Prints 'VERB: message' and how to get help. Returns 2. */
int verb_usage(const struct verb *verb, const char *fmt, ...) _printf_(2, 3);
