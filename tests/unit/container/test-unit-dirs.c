/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which directories of drop-ins and links belong to the units of a container, and to which one's. */
#include "lib/tap.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/port.h"
#include "container/unit-dirs.h"

TEST(owners)
{
	static const struct {
		const char *file, *owner;
	} cases[] = {
		{ "web_sandbox.service.d", "web" },
		{ "web_sandbox.service.wants", "web" },
		{ "web_sandbox.service.requires", "web" },
		{ "web_sandbox-8080.socket.d", "web" },
		{ "web_sandbox-192.0.2.1-8080.service.d", "web" },
		{ "web_sandbox-2001:db8::1-8080.socket.d", "web" },
		{ "web_sandbox_sandbox.service.d", "web_sandbox" },
		{ "web_sandbox-80_sandbox.service.d", "web_sandbox-80" },
		{ "web_sandbox-80_sandbox-80.socket.d", "web_sandbox-80" },
		{ "web_sandbox.service", NULL },
		{ "web_sandbox.d", NULL },
		{ "web.service.d", NULL },
		{ "_sandbox.service.d", NULL },
		{ "web_sandboxed.service.d", NULL },
		{ "web_sandbox-other.service.d", NULL },
		{ "web_sandbox.timer.d", NULL },
		{ "service.d", NULL },
		{ ".d", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *owner = unit_dir_owner(cases[i].file);

		CHECK_STR(owner ? owner : "none", cases[i].owner ? cases[i].owner : "none");
	}
}

/* Whatever address a port has, its units have that of the container. */
TEST(ports)
{
	static const char *const texts[] = { "8080:80,proxy", "192.0.2.1:8080:80,proxy", "[2001:db8::1]:8080:80,proxy",
					     "[::ffff:192.0.2.1]:8080:80,proxy" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct port port = { 0 };
		_cleanup_(freep) char *unit = NULL, *dir = NULL, *owner = NULL;

		CHECK_INT(port_parse(texts[i], &port), 0);
		unit = port_unit_name("a_b", &port, "socket");
		dir = xasprintf("%s.d", unit);
		owner = unit_dir_owner(dir);
		CHECK_STR(owner, "a_b");
		port_done(&port);
	}
}

TEST(find)
{
	char root[] = "/tmp/test-unit-dirs.XXXXXX";
	static const char *const dirs[] = {
		HOST_UNIT_DIR "/web_sandbox.service.d",		 HOST_UNIT_DIR "/web_sandbox-80.socket.d",
		HOST_UNIT_DIR "/web2_sandbox.service.d",	 "/etc/systemd/system.control/web_sandbox.service.d",
		"/run/systemd/system/web_sandbox.service.wants",
	};
	_cleanup_(strv_done) struct strv found = { 0 };
	_cleanup_(freep) char *text = NULL;
	_cleanup_(closep) int fd = -1;

	CHECK(mkdtemp(root) != NULL);
	fd = rootfd_open(root);
	CHECK_INT(unit_dirs_find(fd, "web", &found), 0);
	CHECK_INT(found.n, 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		CHECK_INT(rootfd_mkdir_p(fd, dirs[i]), 0);
	CHECK_INT(unit_dirs_find(fd, "web", &found), 0);
	strv_sort_unique(&found);
	text = strv_join(&found, " ");
	CHECK_STR(text, "/etc/systemd/system.control/web_sandbox.service.d "
			"/etc/systemd/system/web_sandbox-80.socket.d /etc/systemd/system/web_sandbox.service.d "
			"/run/systemd/system/web_sandbox.service.wants");
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
}

TEST_MAIN
