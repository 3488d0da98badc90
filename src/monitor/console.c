/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the container's console safe for the host's journal: a small parser of escape sequences, lines of limited
 * length, and a budget of bytes that refills with time. Every byte is hostile. */
#include "monitor/console.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

#define BURST (256 * 1024)
#define PER_SECOND (16 * 1024)
#define LINE_COST 32 /* bytes; even a line of one letter costs more than that in the journal */

/* The forms of an escape sequence (ECMA-48): ESC with intermediates and a final byte, ESC [ ... final byte, and strings
 * (titles and the like) that end with BEL or ESC \. */
enum state { TEXT, ESCAPE, CSI, STRING, STRING_ESCAPE };

#define ESC 0x1b
#define BEL 0x07

static enum state after_escape(unsigned char c)
{
	if (c == '[')
		return CSI;
	if (memchr("]PX^_", c, 5))
		return STRING;
	return c >= 0x20 && c < 0x30 ? ESCAPE : TEXT;
}

/* The state after 'c', which is text only if both the old and the new state are TEXT. */
static enum state next(enum state state, unsigned char c)
{
	switch (state) {
	case ESCAPE:
		return after_escape(c);
	case CSI:
		return c >= 0x40 ? TEXT : CSI;
	case STRING:
		return c == BEL ? TEXT : c == ESC ? STRING_ESCAPE : STRING;
	case STRING_ESCAPE:
		return c == '\\' ? TEXT : STRING;
	default:
		return c == ESC ? ESCAPE : TEXT;
	}
}

/* The line is escaped, because a single byte of Latin-1 or a two-byte control character would turn the whole line into
 * a blob in the journal, or reach a terminal. */
void console_flush(struct console *console)
{
	_cleanup_(freep) char *text = NULL;
	size_t cost;

	if (console->len == 0)
		return;
	console->line[console->len] = '\0';
	console->len = 0;
	text = escape_line(console->line);
	cost = strlen(text) + LINE_COST;
	if (cost <= console->budget) {
		console->budget -= cost;
		console->dropped = false;
		console->say(console->data, text);
	} else if (!console->dropped) {
		console->dropped = true;
		console->say(console->data, "(too much output; some is left out here)");
	}
}

static void refill(struct console *console, uint64_t now)
{
	uint64_t seconds = now - console->refilled;

	console->refilled = now;
	console->budget = seconds > BURST / PER_SECOND ? BURST : console->budget + seconds * PER_SECOND;
	if (console->budget > BURST)
		console->budget = BURST;
}

/* A line is full a little earlier before a multibyte character, which must not be cut in two. */
static bool is_full(const struct console *console, unsigned char next_byte)
{
	return CONSOLE_LINE - 1 - console->len < (next_byte >= 0xc0 ? UTF8_MAX : 1);
}

void console_feed(struct console *console, const char *data, size_t n, uint64_t now)
{
	refill(console, now);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)data[i];
		enum state before = (enum state)console->state;

		/* The end of a line also ends an incomplete sequence, which could otherwise hide everything after
		 * it. */
		console->state = c == '\n' ? TEXT : (int)next(before, c);
		if (c == '\n' || is_full(console, c))
			console_flush(console);
		if (before == TEXT && console->state == TEXT && ((c >= 0x20 && c != 0x7f) || c == '\t'))
			console->line[console->len++] = (char)c;
	}
}
