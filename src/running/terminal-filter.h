/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that a container wrote, made fit for the administrator's terminal as it passes by. Pure. */
#pragma once

#include "base/text.h"

/* The beginning of a UTF-8 sequence that goes on in the next piece of text; {0} at first. */
struct terminal_filter {
	char held[UTF8_MAX];
	size_t n;
};

/* Room for what 'n' bytes can become. */
#define TERMINAL_FILTER_ROOM(n) (4 * ((n) + UTF8_MAX))

/* Writes 'n' bytes of 'in' to 'out', with control characters other than newline and tab, and whatever is not UTF-8, as
 * \xNN. Returns how many bytes that makes, at most TERMINAL_FILTER_ROOM(n). */
size_t terminal_filter(struct terminal_filter *filter, const char *in, size_t n, char *out);

/* The same for what is held back, because no more text comes. */
size_t terminal_filter_end(struct terminal_filter *filter, char *out);
