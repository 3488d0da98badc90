/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices a container can be given. Only root of the machine can make devices. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/device.h"

static const struct {
	const char *name;
	unsigned int major, minor;
	const char *subsystem; /* its class in /sys, "" if that is not a link, or NULL */
	const char *reason;    /* for which it is refused, or NULL */
} cases[] = {
	{ "line", 4, 64, "tty", NULL },
	{ "tun", 10, 200, "misc", NULL },
	{ "unknown", 240, 0, NULL, NULL },
	{ "hidraw", 240, 1, "hidraw", NULL },
	{ "nvme-named-otherwise", 240, 2, "nvme-subsystem", NULL },
	{ "bsg", 240, 3, "bsg", "disks" },
	{ "nvme0", 240, 4, "nvme", "disks" },
	{ "ng0n1", 240, 5, "nvme-generic", "disks" },
	{ "ubi0", 240, 6, "ubi", "disks" },
	{ "mtd0", 90, 0, NULL, "disks" },
	{ "sg0", 21, 0, NULL, "disks" },
	{ "mem", 1, 1, "mem", "memory" },
	{ "snapshot", 10, 231, "misc", "memory" },
	{ "vcs1", 7, 1, "vc", "console" },
	{ "tty1", 4, 1, "tty", "console" },
	{ "tty63", 4, 63, "tty", "console" },
	{ "null", 1, 3, "mem", "own" },
	{ "unreadable", 240, 7, "", "cannot be read" },
};

static bool make(int root_fd, size_t i)
{
	_cleanup_(freep) char *dir = xasprintf("/sys/dev/char/%u:%u", cases[i].major, cases[i].minor);
	_cleanup_(freep) char *path = xasprintf("dev/%s", cases[i].name);

	if (mknodat(root_fd, path, S_IFCHR | 0600, makedev(cases[i].major, cases[i].minor)) < 0)
		return false;
	if (cases[i].subsystem) {
		_cleanup_(freep) char *link = xasprintf("%s/subsystem", dir + 1);
		_cleanup_(freep) char *target = xasprintf("../../../../class/%s", cases[i].subsystem);

		CHECK_INT(rootfd_mkdir_p(root_fd, dir), 0);
		if (*cases[i].subsystem)
			CHECK_INT(symlinkat(target, root_fd, link), 0);
		else
			CHECK_INT(mkdirat(root_fd, link, 0755), 0);
	}
	return true;
}

TEST(devices_that_reach_all_of_the_host_are_refused)
{
	char root[] = "/tmp/test-device.XXXXXX";
	bool can = true;
	int root_fd;

	CHECK(mkdtemp(root) != NULL);
	root_fd = rootfd_open(root);
	CHECK_INT(rootfd_mkdir_p(root_fd, "/dev"), 0);
	for (size_t i = 0; can && i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *path = xasprintf("/dev/%s", cases[i].name);
		_cleanup_(freep) char *message = NULL;
		bool open;

		can = geteuid() == 0 && make(root_fd, i);
		if (!can)
			break;
		CHECK_INT(device_check(root_fd, path, &open, &message), cases[i].reason ? -EINVAL : 0);
		if (cases[i].reason)
			CHECK(message && strstr(message, cases[i].reason));
	}
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
	if (!can)
		SKIP("only root can make devices");
}

TEST_MAIN
