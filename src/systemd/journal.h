/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's journal, to say why a unit failed. */
#pragma once

/* Lines of a container's console begin so in the journal of its unit. */
#define JOURNAL_CONSOLE "console: "

/* Prints on standard error, escaped, the last lines that 'invocation' of 'unit' logged, and where to read on. First
 * what its own processes say, but the console; where they say nothing, also what systemd and the console say. */
void journal_explain(const char *unit, const char *invocation);
