/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filters text from a container, to make it safe for the administrator's terminal. Pure. */
#pragma once

#include "base/text.h"

/* The beginning of a UTF-8 sequence that continues in the next piece of text; {0} at first. */
struct terminal_filter {
	char held[UTF8_MAX];
	size_t n;
};

/* The size of buffer that 'n' bytes may need. */
#define TERMINAL_FILTER_ROOM(n) (4 * ((n) + UTF8_MAX))

/* Writes 'n' bytes of 'in' to 'out', with control characters other than newline and tab, and whatever is not UTF-8,
 * written as \xNN. Returns the number of bytes written, at most TERMINAL_FILTER_ROOM(n). */
size_t terminal_filter(struct terminal_filter *filter, const char *in, size_t n, char *out);

/* Writes what was held back, at the end of the text. */
size_t terminal_filter_end(struct terminal_filter *filter, char *out);
