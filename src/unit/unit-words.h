/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a command line in a unit: quotes and escapes as in systemd.service(5), COMMAND LINES. */
#pragma once

#include "base/util.h"

#define UNIT_WHITE " \t\n\r"

/* The next word of '*text', which begins with no white space, unquoted; *text is moved behind it. NULL if a quote does
 * not end or a backslash begins none of systemd's escapes: systemd ignores such a line. Caller frees. */
char *unit_word_next(const char **text);

/* Whether a semicolon that stands alone comes next, which ends a command; *text is moved behind it then. */
bool unit_word_skip_semicolon(const char **text);
