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
	/* Stores the value, which is NULL if the option takes none, in 'at'. Returns NULL, or what is wrong: the end of
	 * the sentence "--NAME must be ...", or a whole sentence, which begins with '-'. Caller frees. */
	char *(*take)(const struct verb_option *option, const char *value, void *at);
	size_t offset; /* of 'at' in what verb_parse() fills */
};

/* For 'take': sets a bool, adds 1 to an int, stores a borrowed const char *, appends to a struct strv. */
char *verb_take_flag(const struct verb_option *option, const char *value, void *at);
char *verb_take_count(const struct verb_option *option, const char *value, void *at);
char *verb_take_word(const struct verb_option *option, const char *value, void *at);
char *verb_take_item(const struct verb_option *option, const char *value, void *at);

/* The same for a word that is an absolute path, and for an item that is an environment variable, 'NAME=VALUE'. */
char *verb_take_directory(const struct verb_option *option, const char *value, void *at);
char *verb_take_assignment(const struct verb_option *option, const char *value, void *at);

struct verb {
	const char *name;		   /* "" for the program itself, with the options before the command */
	const char *aliases[2];		   /* other names, as other programs call the same */
	const char *synopsis;		   /* "[OPTION...] NAME" */
	const char *help;		   /* one line */
	const struct verb_option *options; /* ends with a NULL name */
	/* argv[0] is the command's name. Returns the exit status: 0, 1, or 2 for usage. */
	int (*run)(const struct context *context, int argc, char **argv);
	void (*more_help)(void); /* printed after the options, or NULL */
	bool in_order;		 /* options end at the first operand: what follows belongs to another command */
	bool internal;		 /* used by our own programs; not in the help */
	bool any_root;		 /* works on a system that does not run, too; others are refused with --root */
};

/* Parses the options of a command, so that 'into', a structure of its own, has their values. Afterwards, optind is the
 * first operand. 0, or 2 after a usage message. */
int verb_parse(const struct verb *verb, int argc, char **argv, void *into);

/* Calls 'visit' for each option, in order, without parsing its value. 0; 2 after a usage message; or what 'visit'
 * returned first that was not 0. */
int verb_each(const struct verb *verb, int argc, char **argv,
	      int (*visit)(void *data, const struct verb_option *option, const char *value), void *data);

/* Returns the command of this name or alias, or NULL after a message, which suggests one that is spelt nearly the same.
 * 'table' ends with NULL. */
const struct verb *verb_find(const struct verb *const *table, const char *name);

/* Opens the root, completes 'context', and runs the command that argv[0] names. Returns the exit status. */
int verb_run(const struct verb *const *table, struct context *context, int argc, char **argv);

/* Prints the options and the help of one command on standard output. */
void verb_help(const struct verb *verb);
void verb_print_options(const struct verb_option *options);

/* For verbs that only root can run. 0, or -EPERM after a message. */
int verb_need_root(const struct verb *verb);

/* Prints 'VERB: message' and how to get help. Returns 2. */
int verb_usage(const struct verb *verb, const char *fmt, ...) _printf_(2, 3);
