/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the host's journal has about a unit: why it failed, and when it was started. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The beginning of each line of a container's console in the journal of its unit. */
#define JOURNAL_CONSOLE "console: "

/* Prints the last lines that 'invocation' of 'unit' logged on standard error, escaped, and how to see all of them.
 * These are the lines of the unit's own processes, except for the console's; if there are none, those of systemd and of
 * the console. */
void journal_explain(const char *unit, const char *invocation);

/* When systemd began the last start of 'unit', in microseconds since 1970, also if it was stopped since, and has been
 * forgotten by systemd. 0; -ENODATA if the journal has no start; or another -errno. */
int journal_last_start(const char *unit, uint64_t *ret_usec);

/* systemd's word for how the last run of 'unit' that failed ended, such as "oom-kill" (systemd.service(5),
 * $SERVICE_RESULT), cut to 'size' bytes with its NUL. 0; -ENODATA if the journal knows of none; or another -errno. */
int journal_last_failure(const char *unit, char *ret_result, size_t size);
