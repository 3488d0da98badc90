/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's console, made fit for the host's journal: whole lines, no control or escape sequence, bounded in
 * length and rate; what is not UTF-8 as \xNN. Everything it gets is hostile. */
#pragma once

#include "base/util.h"

#define CONSOLE_LINE 1024

struct console {
	char line[CONSOLE_LINE];
	size_t len;
	int state;	   /* of an escape sequence */
	size_t budget;	   /* bytes that may still be said now */
	uint64_t refilled; /* second of the last refill */
	bool dropped;	   /* the reader knows that something is left out */
	void (*say)(void *data, const char *line);
	void *data;
};

/* Takes 'n' bytes read at second 'now' and says every line that ends in them. */
void console_feed(struct console *console, const char *data, size_t n, uint64_t now);

/* Says an unfinished line as far as it is there. */
void console_flush(struct console *console);
