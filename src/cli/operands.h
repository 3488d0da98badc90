/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The containers that a command is for: those that its operands name, or all of them with --all. */
#pragma once

#include "base/strv.h"
#include "base/verb.h"

#define OPERANDS_ALL                                                                                                   \
	{                                                                                                              \
		"all", 0, NULL, "all containers of this host"                                                          \
	}

/* For a command that has no option, or only OPERANDS_ALL: the names, each once, in 'ret'. 0, or the exit status after a
 * message. */
int operands_read(const struct verb *verb, const struct context *context, int argc, char **argv, struct strv *ret);

/* For a command that makes containers: the words of 'argv', or those of standard input if the only word is '-'. 0, or
 * -errno after a message. */
int operands_or_input(char *const *argv, struct strv *ret);
