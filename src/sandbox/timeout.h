/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The time that a command has, as timeout(1) takes it: a number, and 's', 'm', 'h' or 'd'. */
#pragma once

#include <stdint.h>

#define TIMEOUT_MUST "a time such as 90, 1.5m or 2h" /* the end of the sentence "... must be" */

/* Parses it into microseconds. 0, or -EINVAL with *ret untouched. */
int timeout_parse(const char *text, uint64_t *ret);
