/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as text. */
#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "lib/tap.h"

TEST(normal)
{
	static const char *const bad[] = { "",		"/",   "x",	 "etc/x", "/etc/", "/etc//x",
					   "/etc/../x", "/..", "/etc/.", "/a\nb", "/a\x7f" };
	_cleanup_(freep) char *longest = xcalloc(5000, 1);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(!path_is_normal(bad[i]));
		if (path_is_normal(bad[i]))
			printf("# '%s' passed\n", bad[i]);
	}
	memset(longest, 'a', 4999);
	longest[0] = '/';
	CHECK(!path_is_normal(longest));
	CHECK(path_is_normal("/etc"));
	CHECK(path_is_normal("/etc/..x/...y/.z"));
	CHECK(path_is_normal("/usr/share/\xc3\xa1 b"));
}

TEST(merged)
{
	static const char *const pairs[][2] = {
		{ "/bin/sh", "/usr/bin/sh" }, { "/lib", "/usr/lib" },	      { "/lib64/x", "/usr/lib64/x" },
		{ "/library", "/library" },   { "/usr/bin/x", "/usr/bin/x" }, { "/etc/bin/x", "/etc/bin/x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_(freep) char *path = path_merge(pairs[i][0]);

		CHECK_STR(path, pairs[i][1]);
	}
}

TEST(normalised)
{
	static const char *const pairs[][2] = {
		{ "/usr//bin/./x", "/usr/bin/x" },
		{ "/bin/sh", "/usr/bin/sh" },
		{ "//lib64/", "/usr/lib64" },
		{ "/", "" },
		{ "/./.", "" },
	};
	static const char *const bad[] = { "", "x", "./x", "/a/../b", "/..", "/a\tb" };

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_(freep) char *path = path_normalise(pairs[i][0]);

		CHECK_STR(path, pairs[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!path_normalise(bad[i]));
}

TEST(resolved)
{
	static const char *const cases[][3] = {
		{ "/etc/a/link", "file", "/etc/a/file" },
		{ "/etc/a/link", "../file", "/etc/file" },
		{ "/etc/a/link", "/var/x", "/var/x" },
		{ "/etc/link", "../../../x", "/x" },
		{ "/link", "x/./y/", "/x/y" },
		{ "/etc/link", "..", "/" },
		{ "/etc/link", "/a/../../b//c", "/b/c" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *path = path_resolve(cases[i][0], cases[i][1]);

		CHECK_STR(path, cases[i][2]);
	}
}

TEST(within)
{
	char *list[] = { (char *)"/etc", (char *)"/srv" };
	const struct strv dirs = { list, 2 };

	CHECK(path_within("/etc", "/etc") && path_within("/etc/x", "/etc"));
	CHECK(!path_within("/etcetera", "/etc") && !path_within("/", "/etc"));
	CHECK(path_within_any("/etc/x", &dirs) && path_within_any("/srv", &dirs));
	CHECK(!path_within_any("/etcetera", &dirs) && !path_within_any("/etc", &(struct strv){ 0 }));
}

TEST_MAIN
