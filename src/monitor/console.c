/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the container's console safe for the host's journal: a small parser of escape sequences, lines of limited
 * length, and budgets that refill with time. What exceeds them is dropped, not delayed: a full console would stop
 * whoever writes to it, above all the container's own journal. Every byte is hostile. */
#include "monitor/console.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* In the host's journal, a line takes about 450 bytes and its text. */
static const struct {
	uint64_t at_once, per_second;
} budgets[CONSOLE_BUDGETS] = {
	[CONSOLE_LINES] = { 1000, 20 },
	[CONSOLE_BYTES] = { 64 * 1024, 2 * 1024 },
};

#define TELL_SECONDS 60

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

static bool spend(struct console *console, uint64_t bytes)
{
	const uint64_t cost[CONSOLE_BUDGETS] = { [CONSOLE_LINES] = 1, [CONSOLE_BYTES] = bytes };

	for (int i = 0; i < CONSOLE_BUDGETS; i++)
		if (console->spent[i] + cost[i] > budgets[i].at_once)
			return false;
	for (int i = 0; i < CONSOLE_BUDGETS; i++)
		console->spent[i] += cost[i];
	return true;
}

static void refill(struct console *console, uint64_t now)
{
	for (int i = 0; i < CONSOLE_BUDGETS; i++) {
		uint64_t back = (now - console->now) * budgets[i].per_second;

		console->spent[i] -= back < console->spent[i] ? back : console->spent[i];
	}
	console->now = now;
}

static void tell_dropped(struct console *console)
{
	_cleanup_(freep) char *text = NULL;

	if (console->dropped == 0)
		return;
	text = xasprintf("(too much output; lines left out here: %llu)", (unsigned long long)console->dropped);
	console->dropped = 0;
	console->tell_at = console->now + TELL_SECONDS;
	console->say(console->data, text, true);
}

/* The line is escaped, because a single byte of Latin-1 or a two-byte control character would turn the whole line into
 * a blob in the journal, or reach a terminal. */
static void end_line(struct console *console)
{
	_cleanup_(freep) char *text = NULL;
	bool kept;

	if (console->len == 0)
		return;
	console->line[console->len] = '\0';
	console->len = 0;
	text = escape_line(console->line);
	kept = spend(console, strlen(text));
	if (kept && console->now >= console->tell_at)
		tell_dropped(console);
	console->dropped += !kept;
	console->say(console->data, text, kept);
}

void console_flush(struct console *console)
{
	end_line(console);
	tell_dropped(console);
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
			end_line(console);
		if (before == TEXT && console->state == TEXT && ((c >= 0x20 && c != 0x7f) || c == '\t'))
			console->line[console->len++] = (char)c;
	}
}
