/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Console output, as it gets into the journal. */
#include "lib/tap.h"

#include "base/buf.h"
#include "monitor/console.h"

static struct buf said;

static int n_said, n_heard;

static void say(void *data, const char *line, bool kept)
{
	(void)data;
	n_heard++;
	if (!kept)
		return;
	n_said++;
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

static void feed_lines(struct console *console, const char *line, int n, uint64_t now)
{
	n_said = n_heard = 0;
	for (int i = 0; i < n; i++)
		console_feed(console, line, strlen(line), now);
}

/* More than is allowed at once of something, and then for a while more than is allowed each second. */
static void check_flood(const char *line, int at_once, int per_second)
{
	struct console console = { .say = say };
	uint64_t now = 3;
	char expected[2 * CONSOLE_LINE];
	int dropped, notices = 0;

	feed_lines(&console, line, 5000, now);
	CHECK_INT(n_said, at_once);
	CHECK_INT(n_heard, 5000);
	dropped = 5000 - at_once;
	buf_done(&said);

	/* The first line after a gap comes with its length. */
	feed_lines(&console, line, 1, ++now);
	snprintf(expected, sizeof(expected), "(too much output; lines left out here: %d)\n%s", dropped, line);
	CHECK_STR(said.text, expected);
	buf_done(&said);

	feed_lines(&console, line, 5000, ++now);
	CHECK_INT(n_said, 2 * per_second - 1);
	dropped = 5000 - n_said;
	for (int i = 0; i < 180; i++) {
		buf_done(&said);
		feed_lines(&console, line, 100, ++now);
		notices += strstr(said.text, "left out") != NULL;
		dropped += n_heard - n_said;
		CHECK(n_said >= per_second && n_said <= per_second + 2);
	}
	CHECK(notices == 2 || notices == 3);
	buf_done(&said);

	/* After a pause all is as in the beginning. */
	now += 3600;
	feed_lines(&console, line, 5000, now);
	CHECK_INT(n_said, at_once + 1);
	buf_done(&said);
	feed_lines(&console, "", 0, now);
	console_flush(&console);
	snprintf(expected, sizeof(expected), "(too much output; lines left out here: %d)\n", 5000 - at_once);
	CHECK_STR(said.text, expected);
	buf_done(&said);
}

TEST(a_flood_of_lines_is_cut)
{
	check_flood("y\n", 1000, 20);
}

TEST(a_flood_of_bytes_is_cut)
{
	char line[1024 + 1 + 1];

	memset(line, 'x', sizeof(line));
	line[512] = '\n';
	line[513] = '\0';
	check_flood(line, 64 * 1024 / 512, 2 * 1024 / 512);
}

TEST_MAIN
