#include "tap.h"

#include <errno.h>

#include "log.h"
#include "util.h"

TEST(strv)
{
	_cleanup_(strv_done) struct strv s = { 0 };
	_cleanup_(freep) char *joined = NULL;

	for (int i = 0; i < 100; i++)
		strv_addf(&s, "%02d", 99 - i);
	strv_add(&s, "50");
	strv_sort_unique(&s);
	CHECK_INT(s.n, 100);
	CHECK(strv_find(&s, "50"));
	CHECK(!strv_find(&s, "100"));
	CHECK(s.v[100] == NULL);
	strv_clear(&s);
	strv_split(&s, "  a b\tc ", " \t");
	joined = strv_join(&s, ",");
	CHECK_STR(joined, "a,b,c");
}

TEST(numbers)
{
	uint64_t v = 7;

	CHECK_INT(parse_u64("", 10, &v), -EINVAL);
	CHECK_INT(parse_u64("-1", 10, &v), -EINVAL);
	CHECK_INT(parse_u64("1x", 10, &v), -EINVAL);
	CHECK_INT(parse_u64("11", 10, &v), -ERANGE);
	CHECK_INT(parse_u64("99999999999999999999999", UINT64_MAX, &v), -ERANGE);
	CHECK_INT(v, 7);
	CHECK_INT(parse_u64("10", 10, &v), 0);
	CHECK_INT(v, 10);
}

TEST(escape)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" },
		{ "a\nb\tc", "a\\x0ab\\x09c" },
		{ "\x1b[2J\x7f", "\\x1b[2J\\x7f" },
		{ "caf\xc3\xa9 \xf0\x9f\x90\xa7", "caf\xc3\xa9 \xf0\x9f\x90\xa7" },
		{ "c1 \xc2\x9b" "2J", "c1 \\xc2\\x9b2J" },
		{ "raw \x9b" "2J", "raw \\x9b2J" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "overlong \xc0\x8a", "overlong \\xc0\\x8a" },
		{ "surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80" },
		{ "too far \xf4\x90\x80\x80", "too far \\xf4\\x90\\x80\\x80" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = escape_control(cases[i][0]);

		CHECK_STR(text, cases[i][1]);
	}
}

TEST_MAIN
