/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The containers that a command is for: those that its operands name, or with --all every one that there is. */
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

/* For a command that makes containers: 'argv' as it is, but for the only word '-' the words of standard input. 0, or
 * -errno after a message. */
int operands_or_input(char *const *argv, struct strv *ret);
