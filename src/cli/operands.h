/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The containers that a command is for: those that its operands name or, with --all, all of them. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"

struct operands {
	/* Which of them the command has is in its table of options. */
	bool all, now, force, yes, dry_run, json;
	struct strv names;
};

#define OPERANDS_ALL                                                                                                   \
	{                                                                                                              \
		"all", 0, NULL, "all containers of this host", verb_take_flag, offsetof(struct operands, all)          \
	}

#define OPERANDS_DRY_RUN                                                                                               \
	{ "dry-run",	  'n',                                                                                         \
	  NULL,		  "print what would be done, and do nothing",                                                  \
	  verb_take_flag, offsetof(struct operands, dry_run) },                                                        \
	{                                                                                                              \
		"json", 0, NULL, "with --dry-run: print it as JSON", verb_take_flag, offsetof(struct operands, json)   \
	}

/* For a command whose options are all in struct operands, or in a structure that begins with one. Stores them, and the
 * names, each once, in 'ret'. Returns 0, or the exit status after a message. */
int operands_read(const struct verb *verb, const struct context *context, int argc, char **argv, struct operands *ret);
void operands_done(struct operands *o);

/* For create. Stores the words of 'argv', or those of standard input if the only one is '-'. 0, or -errno after a
 * message. */
int operands_or_input(char *const *argv, struct strv *ret);
