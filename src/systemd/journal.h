/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints why a unit failed, from the host's journal. */
#pragma once

/* The beginning of each line of a container's console in the journal of its unit. */
#define JOURNAL_CONSOLE "console: "

/* Prints the last lines that 'invocation' of 'unit' logged on standard error, escaped, and how to see all of them.
 * These are the lines of the unit's own processes, except for the console's; if there are none, those of systemd and of
 * the console. */
void journal_explain(const char *unit, const char *invocation);
