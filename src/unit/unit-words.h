/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a command line in a unit: quotes and escapes as in systemd.service(5), COMMAND LINES. */
#pragma once

#include "base/util.h"

#define UNIT_WHITE " \t\n\r"

/* Between the words of a shell's command within a word. */
#define UNIT_SHELL_SEPARATORS UNIT_WHITE ";&|()<>`'\"{}"

/* The next word of '*text', unquoted; *text, which must not begin with white space, is moved behind it. NULL if a quote
 * is not closed, or if systemd does not know an escape: systemd ignores such a line. Caller frees. */
char *unit_word_next(const char **text);

/* Whether the next word is a single semicolon, which ends a command. If so, *text is moved behind it. */
bool unit_word_skip_semicolon(const char **text);
