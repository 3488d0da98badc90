/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's console, made safe for the host's journal: whole lines, without control characters and escape
 * sequences, limited in length and rate, with \xNN for what is not UTF-8. All input is hostile. */
#pragma once

#include "base/util.h"

#define CONSOLE_LINE 1024

struct console {
	char line[CONSOLE_LINE];
	size_t len;
	int state;	   /* of an escape sequence */
	size_t budget;	   /* bytes that may still be printed now */
	uint64_t refilled; /* second of the last refill */
	bool dropped;	   /* the reader was told that something is left out */
	void (*say)(void *data, const char *line);
	void *data;
};

/* Takes 'n' bytes that were read at second 'now', and prints every line that ends in them. */
void console_feed(struct console *console, const char *data, size_t n, uint64_t now);

/* Prints what there is of an unfinished line. */
void console_flush(struct console *console);
