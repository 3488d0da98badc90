/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files in systemd's syntax. */
#include "lib/tap.h"

#include <errno.h>

#include "base/buf.h"
#include "base/ini.h"

static int parse(const char *text, struct ini *ini, unsigned int *bad)
{
	return ini_parse(text, strlen(text), ini, bad);
}

/* Every assignment as 'section/key=value@line;'. */
static char *show(const struct ini *ini)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < ini->n; i++)
		buf_addf(&b, "%s/%s=%s@%u;", ini->lines[i].section, ini->lines[i].key, ini->lines[i].value,
			 ini->lines[i].line);
	return buf_steal(&b);
}

/* Result of parsing, 'bad' in brackets in front. */
static void check_parse(const char *text, const char *expected)
{
	_cleanup_(ini_done) struct ini ini = { 0 };
	_cleanup_(freep) char *shown = NULL;
	_cleanup_(freep) char *all = NULL;
	unsigned int bad = 99;

	CHECK_INT(parse(text, &ini, &bad), 0);
	shown = show(&ini);
	all = xasprintf("[%u]%s", bad, shown);
	CHECK_STR(all, expected);
}

TEST(lines)
{
	check_parse("", "[0]");
	check_parse("[A]\nb=c", "[0]A/b=c@2;");
	check_parse("x=y\n[A]\n  b \t=  c d \t\n", "[0]/x=y@1;A/b=c d@3;");
	check_parse("[A]\nb=\nb==c=\n", "[0]A/b=@2;A/b==c=@3;");
	check_parse("[A]\r\nb=c\r\n\r\n", "[0]A/b=c@2;");
	check_parse("\xef\xbb\xbf[A]\nb=c", "[0]A/b=c@2;");
	check_parse("[A]\n# x=1\n  ; y=2\nb=c # d\n", "[0]A/b=c # d@4;");
	check_parse("[A]\nnonsense\n=c\nb=c\n", "[2]A/b=c@4;");
	check_parse("[A]\nb=1\n[B]\nb=2\n[A]\nb=3\n", "[0]A/b=1@2;B/b=2@4;A/b=3@6;");
	check_parse("[A]\nb=gr\xc3\xbc\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80\n",
		    "[0]A/b=gr\xc3\xbc\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80@2;");
}

TEST(continuation)
{
	check_parse("[A]\nb=c\\\n  d\\\n\te\nf=g", "[0]A/b=c d e@2;A/f=g@5;");
	check_parse("[A]\nb=c\\\r\nd\r\n", "[0]A/b=c d@2;");
	/* Comments in between, and what looks like a comment but is none. */
	check_parse("[A]\nb=c\\\n# no\\\n ; no\n d\n", "[0]A/b=c d@2;");
	check_parse("[A]\n# comment\\\nb=c\n", "[0]A/b=c@3;");
	/* An escaped backslash, and a space behind it. */
	check_parse("[A]\nb=c\\\\\nd=e\n", "[0]A/b=c\\\\@2;A/d=e@3;");
	check_parse("[A]\nb=c\\ \nd=e\n", "[0]A/b=c\\@2;A/d=e@3;");
	check_parse("[A]\nb=c\\\n\nd=e\n", "[0]A/b=c@2;A/d=e@4;");
	check_parse("[A]\nb=c\\", "[0]A/b=c@2;");
	check_parse("[A]\nb=\\\n[B]\nd=e\n", "[0]A/b=[B]@2;A/d=e@4;");
}

TEST(refused)
{
	static const struct {
		const char *text;
		size_t len;
		int error;
		unsigned int line;
	} cases[] = {
		{ "[A]\nb=c\0d\n", 10, -EINVAL, 2 },
		{ "[A]\n#\0\n", 7, -EINVAL, 2 },
		{ "[A]\nb=c\x1b[2J\n", 12, -EINVAL, 2 },
		{ "[A]\nb=c\rd=e\n", 12, -EINVAL, 2 },
		{ "[A]\nb=\xc2\x9b\n", 9, -EINVAL, 2 },
		{ "[A]\nb=\x7f\n", 8, -EINVAL, 2 },
		{ "[A]\nb=\xff\n", 8, -EILSEQ, 2 },
		{ "[A]\nb=\xc3", 7, -EILSEQ, 2 },
		{ "[A]\nb=\xc0\x80\n", 9, -EILSEQ, 2 },
		{ "[A]\nb=\xed\xa0\x80\n", 10, -EILSEQ, 2 },
		{ "[A]\nb=\xf4\x90\x80\x80\n", 11, -EILSEQ, 2 },
		{ "[A]\nx=y\nb=c\\\n\xff\n", 15, -EILSEQ, 3 },
		{ "\n[A\nb=c\n", 8, -EINVAL, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(ini_done) struct ini ini = { 0 };
		unsigned int bad = 99;

		CHECK_INT(ini_parse(cases[i].text, cases[i].len, &ini, &bad), cases[i].error);
		CHECK_INT(bad, cases[i].line);
	}
}

TEST(comments_may_hold_anything_but_nul)
{
	check_parse("[A]\n# Gr\xfc\xdf\x65 \x1b\nb=c\n", "[0]A/b=c@3;");
}

TEST(get)
{
	_cleanup_(ini_done) struct ini ini = { 0 };
	_cleanup_(strv_done) struct strv list = { 0 };
	_cleanup_(freep) char *joined = NULL;

	CHECK_INT(parse("[A]\nl=1\nl=\nl=2\nl=3\ns=x\n[B]\nl=4\n", &ini, NULL), 0);
	CHECK_INT(parse("[A]\nl=5\ns=y\n", &ini, NULL), 0);
	ini_get_list(&ini, "A", "l", &list);
	joined = strv_join(&list, ",");
	CHECK_STR(joined, "2,3,5");
	CHECK_STR(ini_get(&ini, "A", "s"), "y");
	CHECK(ini_get(&ini, "B", "s") == NULL);
	CHECK(ini_get(&ini, "a", "s") == NULL);
}

/* Sizes at which quadratic time would be noticed at once. */
TEST(large)
{
	_cleanup_(ini_done) struct ini ini = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };
	size_t long_section;

	buf_addf(&b, "[%0200000d]\n", 0);
	long_section = b.len;
	for (int i = 0; i < 200000; i++)
		buf_addf(&b, "a=\n");
	buf_addf(&b, "b=");
	for (int i = 0; i < 200000; i++)
		buf_addf(&b, "x\\\n");
	CHECK_INT(ini_parse(b.text, b.len, &ini, NULL), 0);
	CHECK_INT(ini.n, 200001);
	CHECK_INT(strlen(ini.lines[5].section), long_section - 3);
	CHECK_INT(strlen(ini.lines[200000].value), 200000 * 2 - 1);
}

TEST(mutations)
{
	static const char seed[] =
		"[Unit]\nA=b\\\n# c\n c\n[Service]\nExecStart=/bin/x \\\r\n ; d\n e=\xc3\xbc\n\n[I\n";
	static const char bytes[] = "\\\n\r[]=#; \t\0\x1b\xc3\xff";
	int good = 0;

	srand(1);
	for (int round = 0; round < 20000; round++) {
		_cleanup_(ini_done) struct ini ini = { 0 };
		char text[sizeof(seed)];
		size_t len = (size_t)rand() % sizeof(seed);

		memcpy(text, seed, sizeof(seed));
		for (int i = rand() % 4; i >= 0; i--)
			text[(size_t)rand() % sizeof(text)] = bytes[(size_t)rand() % sizeof(bytes)];
		good += ini_parse(text, len, &ini, NULL) == 0;
		for (size_t i = 0; i < ini.n; i++)
			CHECK(*ini.lines[i].key && !strpbrk(ini.lines[i].value, "\n\r\x1b"));
	}
	CHECK(good > 1000 && good < 19000);
}

TEST_MAIN
