/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/tap.h"

#include "base/buf.h"
#include "monitor/console.h"

static struct buf said;

static void say(void *data, const char *line)
{
	(void)data;
	buf_addf(&said, "%s\n", line);
}

static void check_at(struct console *console, const char *data, size_t n, uint64_t now, const char *expected)
{
	console_feed(console, data, n, now);
	CHECK_STR(said.text ?: "", expected);
	buf_done(&said);
}

static void check(const char *text, const char *expected)
{
	struct console console = { .say = say };

	check_at(&console, text, strlen(text), 100, expected);
}

TEST(lines)
{
	check("one\ntwo\r\n\nthr", "one\ntwo\n");
	check("tab\there\n", "tab\there\n");
}

TEST(control_and_escape_sequences)
{
	check("a\x01\x07\x7f"
	      "b\n",
	      "ab\n");
	check("[  \033[0;1;32mOK\033[0m  ] up\n", "[  OK  ] up\n");
	check("\033]0;title\007text\n", "text\n");
	check("\033]0;title\033\\text\n", "text\n");
	check("\033Pdevice\033x\033\\text\n", "text\n");
	check("\033(Btext\n", "text\n");
	check("\033", "");
}

TEST(a_line_end_ends_a_broken_sequence)
{
	check("\033]0;never ended\nvisible\n", "visible\n");
	check("\033[12\nvisible\n", "visible\n");
}

TEST(not_utf_8)
{
	check("caf\xe9 bar\n", "caf\\xe9 bar\n");
	check("a\x9b"
	      "2J\n",
	      "a\\x9b2J\n");
	check("a\xc2\x9b"
	      "2J\n",
	      "a\\xc2\\x9b2J\n");
	check("Gr\xc3\xbc\xc3\x9f\n", "Gr\xc3\xbc\xc3\x9f\n");
}

TEST(nul_bytes)
{
	struct console console = { .say = say };

	check_at(&console, "a\0b\n", 4, 100, "ab\n");
}

TEST(in_pieces)
{
	struct console console = { .say = say };

	check_at(&console, "ab\033", 3, 100, "");
	check_at(&console, "[1mcd", 5, 100, "");
	check_at(&console, "\n", 1, 100, "abcd\n");
	check_at(&console, "end", 3, 100, "");
	console_flush(&console);
	CHECK_STR(said.text, "end\n");
	buf_done(&said);
}

TEST(long_lines_are_broken)
{
	struct console console = { .say = say };
	char text[3 * CONSOLE_LINE];

	memset(text, 'x', sizeof(text));
	console_feed(&console, text, sizeof(text), 100);
	CHECK_INT((long long)said.len, 3 * CONSOLE_LINE);
	CHECK_INT((long long)strcspn(said.text, "\n"), CONSOLE_LINE - 1);
	buf_done(&said);
}

TEST(long_lines_are_broken_between_characters)
{
	struct console console = { .say = say };
	char text[CONSOLE_LINE];

	memset(text, 'x', sizeof(text));
	memcpy(text + CONSOLE_LINE - 3, "\xe2\x82\xac", 3);
	console_feed(&console, text, sizeof(text), 100);
	console_flush(&console);
	CHECK(has_suffix(said.text, "x\n\xe2\x82\xac\n"));
	buf_done(&said);
}

TEST(a_flood_is_cut)
{
	struct console console = { .say = say };
	const char line[] = "0123456789012345678901234567890123456789012345678901234567890123456789\n";
	size_t cut;

	for (int i = 0; i < 100000; i++)
		console_feed(&console, line, sizeof(line) - 1, 100);
	cut = said.len;
	CHECK(cut > 100000 && cut < 300000);
	CHECK(has_suffix(said.text, "(too much output; some is left out here)\n"));
	buf_done(&said);
	check_at(&console, line, sizeof(line) - 1, 101, line);
}

TEST_MAIN
