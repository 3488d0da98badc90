/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of /usr/local is the service's. */
#include "lib/tap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "contents/local.h"
#include "lib/userns.h"

static const struct {
	const char *path, *place;
} cases[] = {
	{ "/usr/local/bin/app", "/usr/local/bin/app" },
	{ "/usr/local/etc/app.conf", "/usr/local/etc/app.conf" },
	{ "/usr/local/etc/app/keys/key", "/usr/local/etc/app" },
	{ "/usr/local/lib/app/helper", "/usr/local/lib/app" },
	{ "/usr/local/app/bin/app", "/usr/local/app" },
	{ "/usr/local/app", "/usr/local/app" },
	{ "/usr/local/lib/systemd/system/app.service", "/usr/local/lib/systemd/system/app.service" },
	{ "/usr/local/lib/systemd/user/app.service", "/usr/local/lib/systemd/user/app.service" },
	{ "/usr/local/lib/tmpfiles.d/app.conf", "/usr/local/lib/tmpfiles.d/app.conf" },
	{ "/usr/local/lib/python3.11/dist-packages/mine.py", "/usr/local/lib/python3.11/dist-packages/mine.py" },
	{ "/usr/local/lib64/python3.12/site-packages/mine/x.py", "/usr/local/lib64/python3.12/site-packages/mine" },
	{ "/usr/local/lib/python3.11/dist-packages", NULL },
	{ "/usr/local/lib/python-app/x.py", "/usr/local/lib/python-app" },
	{ "/usr/local/lib/x86_64-linux-gnu/libmine.so", "/usr/local/lib/x86_64-linux-gnu/libmine.so" },
	{ "/usr/local/lib/x86_64-linux-gnu/perl/5.36.0/Mine/X.pm", "/usr/local/lib/x86_64-linux-gnu/perl/5.36.0/Mine" },
	{ "/usr/local/share/perl/5.36.0/Mine.pm", "/usr/local/share/perl/5.36.0/Mine.pm" },
	{ "/usr/local/share/ca-certificates/mine.crt", "/usr/local/share/ca-certificates/mine.crt" },
	{ "/usr/local/share/man/man1/mine.1", "/usr/local/share/man/man1/mine.1" },
	{ "/usr/local/lib/node_modules/mine/cli.js", "/usr/local/lib/node_modules/mine" },
	{ "/usr/local/lib", NULL },
	{ "/usr/local/share/man", NULL },
};

TEST(places)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *place = local_place(cases[i].path);

		CHECK_STR(place ? place : "none", cases[i].place ? cases[i].place : "none");
	}
}

static void write_below(int root_fd, const char *path, const char *text)
{
	_cleanup_(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	_cleanup_(closep) int fd = -1;

	CHECK_INT(rootfd_mkdir_p(root_fd, dir), 0);
	fd = rootfd_openat(root_fd, path, O_WRONLY | O_CREAT, 0600, WALK_TREE);
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* The unit names a script, which names a configuration, which names a key; the configuration of the service names
 * another key. */
static void named_in_turn(void)
{
	struct ini_line lines[] = {
		{ .section = (char *)"Service",
		  .key = (char *)"ExecStart",
		  .value = (char *)"-/usr/local/bin/start %n" },
		{ .section = (char *)"Service",
		  .key = (char *)"EnvironmentFile",
		  .value = (char *)"-/usr/local/etc/%p.env" },
	};
	struct unit unit = { .id = (char *)"app.service",
			     .fragment = (char *)"/etc/systemd/system/app.service",
			     .ini = { .lines = lines, .n = ARRAY_SIZE(lines) } };
	_cleanup_(strv_done) struct strv paths = { 0 };
	_cleanup_(freep) char *joined = NULL;
	char root[] = "/tmp/test-local.XXXXXX";
	int root_fd;

	CHECK(mkdtemp(root) != NULL);
	root_fd = rootfd_open(root);
	write_below(root_fd, "/usr/local/lib/other/secret", "/usr/local/etc/other.key\n");
	write_below(root_fd, "/usr/local/lib/app/start",
		    "#!/bin/sh\n. /usr/local/share/app/conf\n/usr/local/open/run\n");
	write_below(root_fd, "/usr/local/share/app/conf", "key=/usr/local/etc/app.key\n");
	CHECK_INT(rootfd_mkdir_p(root_fd, "/usr/local/bin"), 0);
	CHECK_INT(symlinkat("../lib/app/start", root_fd, "usr/local/bin/start"), 0);
	write_below(root_fd, "/usr/local/private/tool", "/usr/local/etc/other.key\n");
	CHECK_INT(rootfd_mkdir_p(root_fd, "/usr/local/open"), 0);
	CHECK_INT(symlinkat("../private/tool", root_fd, "usr/local/open/run"), 0);
	CHECK_INT(fchmodat(root_fd, "usr/local/open", 0777, 0), 0); /* any user could have made the link */
	strv_add(&paths, "/usr/local/etc/mentioned.key");
	local_find(root_fd, &unit, 1, &paths);
	joined = strv_join(&paths, " ");
	CHECK_STR(joined, "/usr/local/bin/start /usr/local/etc/app.env /usr/local/etc/app.key "
			  "/usr/local/etc/mentioned.key /usr/local/lib/app /usr/local/open /usr/local/share/app");
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
}

TEST(what_files_name_in_turn)
{
	RUN_AS_ROOT(named_in_turn);
}

TEST_MAIN
