/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The escape key of connect. */
#include "lib/tap.h"

#include "base/util.h"
#include "running/terminal-filter.h"

/* 'in' through the filter in pieces of 'step' bytes. */
static char *filter(const char *in, size_t step)
{
	static char out[1024];
	struct terminal_filter f = { 0 };
	size_t n = strlen(in), len = 0;

	for (size_t i = 0; i < n; i += step)
		len += terminal_filter(&f, in + i, n - i < step ? n - i : step, out + len);
	len += terminal_filter_end(&f, out + len);
	out[len] = '\0';
	return out;
}

TEST(filter)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "a line\n\tand another\n", "a line\n\tand another\n" },
		{ "\033[2Jgone\r\b\007\177", "\\x1b[2Jgone\\x0d\\x08\\x07\\x7f" },
		{ "Gr\xc3\xbc\xc3\x9f Gott \xe2\x82\xac \xf0\x9f\x90\xa7",
		  "Gr\xc3\xbc\xc3\x9f Gott \xe2\x82\xac \xf0\x9f\x90\xa7" },
		{ "\x9b"
		  "2J",
		  "\\x9b2J" },
		{ "\xc2\x9b"
		  "2J",
		  "\\xc2\\x9b2J" },
		{ "\xc2\xa0.", "\xc2\xa0." },
		{ "\xc0\x9b\xff", "\\xc0\\x9b\\xff" },
		{ "\xe0\x80\x9b.", "\\xe0\\x80\\x9b." },
		{ "\xe0\x82\x9b.", "\\xe0\\x82\\x9b." },
		{ "\xf0\x80\x82\x9b.", "\\xf0\\x80\\x82\\x9b." },
		{ "\xed\xa0\x80.", "\\xed\\xa0\\x80." },
		{ "\xf4\x90\x80\x80.", "\\xf4\\x90\\x80\\x80." },
		{ "\xe0\xa0\x80 \xed\x9f\xbf \xf4\x8f\xbf\xbf", "\xe0\xa0\x80 \xed\x9f\xbf \xf4\x8f\xbf\xbf" },
		{ "\xe2\x82\033[m", "\\xe2\\x82\\x1b[m" },
		{ "\xe2\xe2\x82\xac\x82", "\\xe2\xe2\x82\xac\\x82" },
		{ "cut short: \xe2\x82", "cut short: \\xe2\\x82" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t step = 1; step < 5; step++)
			CHECK_STR(filter(cases[i].in, step), cases[i].out);
}

TEST(room)
{
	char in[256], out[TERMINAL_FILTER_ROOM(256)];
	struct terminal_filter f = { 0 };

	memset(in, 0x80, sizeof(in));
	CHECK_INT(terminal_filter(&f, in, sizeof(in), out), 4 * sizeof(in));
	memset(in, '\0', sizeof(in));
	CHECK_INT(terminal_filter(&f, "\xf0\x9f\x90", 3, out), 0);
	CHECK_INT(terminal_filter(&f, in, sizeof(in), out), 4 * (sizeof(in) + 3));
	CHECK(memcmp(out, "\\xf0\\x9f\\x90\\x00\\x00", 20) == 0);
	CHECK_INT(terminal_filter_end(&f, out), 0);
}

TEST_MAIN
