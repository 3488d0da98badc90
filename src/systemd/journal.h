/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Says why a unit failed, by the host's journal. */
#pragma once

/* How lines of a container's console begin in the journal of its unit. */
#define JOURNAL_CONSOLE "console: "

/* Prints on standard error, escaped, the last lines that 'invocation' of 'unit' logged, and where to read on. They are
 * those of its own processes without the console; if there are none, those of systemd and the console too. */
void journal_explain(const char *unit, const char *invocation);
