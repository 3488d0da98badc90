/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names that a command is given, on its command line or on standard input. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/operands.h"

/* The names of '-' where standard input is 'text'; errors go nowhere. */
static int from_input(const void *text, size_t len, struct strv *ret)
{
	char *const dash[] = { (char *)"-", NULL };
	int stdin_before = dup(0), stderr_before = dup(2), fds[2], null = open("/dev/null", O_WRONLY | O_CLOEXEC), r;

	if (pipe(fds) < 0 || write(fds[1], text, len) != (ssize_t)len)
		abort();
	close(fds[1]);
	dup2(fds[0], 0);
	dup2(null, 2);
	close(fds[0]);
	close(null);
	r = operands_or_input(dash, ret);
	dup2(stdin_before, 0);
	dup2(stderr_before, 2);
	close(stdin_before);
	close(stderr_before);
	return r;
}

TEST(input)
{
	static const struct {
		const char *text;
		size_t len;
		int r;
		const char *names;
	} cases[] = {
		{ "a\nb\n", 4, 0, "a b" }, { "  a\t b\n\n\nc", 10, 0, "a b c" }, { "-\n", 2, 0, "-" },
		{ "", 0, -ENODATA, "" },   { " \n", 2, -ENODATA, "" },		 { "a\0b\n", 4, -EILSEQ, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(strv_done) struct strv names = { 0 };
		_cleanup_(freep) char *joined = NULL;

		CHECK_INT(from_input(cases[i].text, cases[i].len, &names), cases[i].r);
		joined = strv_join(&names, " ");
		CHECK_STR(joined, cases[i].names);
	}
}

TEST(words)
{
	static const struct {
		const char *argv[4];
		const char *names;
	} cases[] = {
		{ { "a", "b", NULL }, "a b" },
		{ { "-", "b", NULL }, "- b" },
		{ { "a", "-", NULL }, "a -" },
		{ { NULL }, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(strv_done) struct strv names = { 0 };
		_cleanup_(freep) char *joined = NULL;

		CHECK_INT(operands_or_input((char *const *)cases[i].argv, &names), 0);
		joined = strv_join(&names, " ");
		CHECK_STR(joined, cases[i].names);
	}
}

TEST_MAIN
