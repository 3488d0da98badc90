/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's console, made safe for the host's journal: whole lines, without control characters and escape
 * sequences, limited in length and rate, with \xNN for what is not UTF-8. All input is hostile. */
#pragma once

#include "base/util.h"

#define CONSOLE_LINE 1024

enum { CONSOLE_LINES, CONSOLE_BYTES, CONSOLE_BUDGETS };

/* 0 but for the last two members. */
struct console {
	char line[CONSOLE_LINE];
	size_t len;
	int state; /* of an escape sequence */
	uint64_t spent[CONSOLE_BUDGETS];
	uint64_t now;	  /* the second for which 'spent' is right */
	uint64_t dropped; /* lines that the reader has not been told of */
	uint64_t tell_at; /* the second before which the reader is not told */
	/* Called for every line. One that is not kept is too much for the journal. */
	void (*say)(void *data, const char *line, bool kept);
	void *data;
};

/* Takes 'n' bytes that were read at second 'now' of a clock that only goes forward, and says every line that ends in
 * them. */
void console_feed(struct console *console, const char *data, size_t n, uint64_t now);

/* At the end: says what there is of an unfinished line, and how many lines are missing. */
void console_flush(struct console *console);
