/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths in scripts and configuration. */
#include "lib/tap.h"

#include "contents/path-scan.h"

static const struct {
	const char *text, *paths; /* joined by ' ' */
} cases[] = {
	{ "", "" },
	{ "/", "" },
	{ "/etc/", "" },
	{ "/etc/app", "/etc/app" },
	{ "cp /usr/share/x /etc/default/app\n", "/etc/default/app" },
	{ "mkdir -p /var/lib/app/ /var/log/app\n", "/var/lib/app /var/log/app" },
	{ "dir=\"/var/lib/app/$(uname -n)\"\n", "/var/lib/app" },
	{ "for f in /etc/app/*.conf; do", "/etc/app" },
	{ "rm /var/cache/app/old-$version/x", "/var/cache/app" },
	{ "rm /var/$name", "" },
	{ "chown $DPKG_ROOT/etc/app/key", "/etc/app/key" },
	{ "chown ${ROOT}/etc/app/key", "/etc/app/key" },
	{ "/usr/local/etc/app /srv/var/lib/app", "" },
	{ "x//etc/app", "" },
	{ "key = </etc/app/key;", "/etc/app/key" },
	{ "ssl_key_file='/etc/ssl/private/app.key'\n", "/etc/ssl/private/app.key" },
	{ "a:/etc/app/a:/etc/app/b", "/etc/app/a /etc/app/b" },
	{ "It is in /etc/app/conf.\n", "/etc/app/conf" },
	{ "/etc/app/../shadow /etc/a//b /etc/app/.. /etc/. /etc/./", "" },
	{ "/var/ftp/carla/./ /var/ftp/./carla/x. /etc/./x", "/var/ftp/carla /var/ftp/carla/x /etc/x" },
	{ "# /etc/app/no\n\t; /etc/app/no\n /etc/app/yes", "/etc/app/yes" },
	{ "/etcetera/x /variable/y", "" },
};

TEST(paths)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(strv_done) struct strv paths = { 0 };
		_cleanup_(freep) char *joined = NULL;

		path_scan(cases[i].text, paths_own, &paths);
		joined = strv_join(&paths, " ");
		CHECK_STR(joined, cases[i].paths);
	}
}

TEST_MAIN
