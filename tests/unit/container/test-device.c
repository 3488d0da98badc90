/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices a container can be given. */
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
	mode_t type;
	unsigned int major, minor;
	const char *subsystem; /* its class in /sys, "" if that is not a link, or NULL */
	const char *reason;    /* for which it is refused, or NULL */
} cases[] = {
	{ "line", S_IFCHR, 4, 64, "tty", NULL },
	{ "tun", S_IFCHR, 10, 200, "misc", NULL },
	{ "unknown", S_IFCHR, 240, 0, NULL, NULL },
	{ "hidraw", S_IFCHR, 240, 1, "hidraw", NULL },
	{ "nvme-named-otherwise", S_IFCHR, 240, 2, "nvme-subsystem", NULL },
	{ "bsg", S_IFCHR, 240, 3, "bsg", "disks" },
	{ "nvme0", S_IFCHR, 240, 4, "nvme", "disks" },
	{ "ng0n1", S_IFCHR, 240, 5, "nvme-generic", "disks" },
	{ "ubi0", S_IFCHR, 240, 6, "ubi", "disks" },
	{ "mtd0", S_IFCHR, 90, 0, NULL, "disks" },
	{ "sg0", S_IFCHR, 21, 0, NULL, "disks" },
	{ "mem", S_IFCHR, 1, 1, "mem", "memory" },
	{ "snapshot", S_IFCHR, 10, 231, "misc", "memory" },
	{ "vcs1", S_IFCHR, 7, 1, "vc", "console" },
	{ "tty1", S_IFCHR, 4, 1, "tty", "console" },
	{ "tty63", S_IFCHR, 4, 63, "tty", "console" },
	{ "null", S_IFCHR, 1, 3, "mem", "every container has its own" },
	{ "kmsg", S_IFCHR, 1, 11, "mem", "messages are the host's" },
	{ "loop0", S_IFBLK, 7, 0, NULL, "--mount" },
	{ "file", S_IFREG, 0, 0, NULL, "not a device" },
	{ "unreadable", S_IFCHR, 240, 7, "", "cannot be read" },
};

static void make(int root_fd, size_t i)
{
	_cleanup_(freep) char *dir = xasprintf("/sys/dev/char/%u:%u", cases[i].major, cases[i].minor);
	_cleanup_(freep) char *path = xasprintf("dev/%s", cases[i].name);

	CHECK_INT(mknodat(root_fd, path, cases[i].type | 0600, makedev(cases[i].major, cases[i].minor)), 0);
	if (cases[i].subsystem) {
		_cleanup_(freep) char *link = xasprintf("%s/subsystem", dir + 1);
		_cleanup_(freep) char *target = xasprintf("../../../../class/%s", cases[i].subsystem);

		CHECK_INT(rootfd_mkdir_p(root_fd, dir), 0);
		if (*cases[i].subsystem)
			CHECK_INT(symlinkat(target, root_fd, link), 0);
		else
			CHECK_INT(mkdirat(root_fd, link, 0755), 0);
	}
}

/* Only root of the machine can make devices. */
static bool can_make(int root_fd)
{
	bool can = geteuid() == 0 && mknodat(root_fd, "dev/x", S_IFCHR | 0600, makedev(240, 8)) == 0;

	unlinkat(root_fd, "dev/x", 0);
	return can;
}

/* Runs the function on a root directory with a /dev. False if it cannot be filled. */
static bool run(void (*function)(int root_fd))
{
	char root[] = "/tmp/test-device.XXXXXX";
	int root_fd;
	bool can;

	CHECK(mkdtemp(root) != NULL);
	root_fd = rootfd_open(root);
	CHECK_INT(rootfd_mkdir_p(root_fd, "/dev"), 0);
	can = can_make(root_fd);
	if (can)
		function(root_fd);
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
	return can;
}

static int check(int root_fd, const char *name, bool *ret_open, char **ret_message)
{
	_cleanup_(freep) char *path = xasprintf("/dev/%s", name);

	return device_check(root_fd, path, ret_open, ret_message);
}

static void kinds(int root_fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *message = NULL;
		bool open;
		int r;

		make(root_fd, i);
		r = check(root_fd, cases[i].name, &open, &message);
		if (r != (cases[i].reason ? -EINVAL : 0))
			printf("# %s: %s\n", cases[i].name, message ? message : "not refused");
		CHECK_INT(r, cases[i].reason ? -EINVAL : 0);
		if (cases[i].reason)
			CHECK(message && strstr(message, cases[i].reason));
	}
}

TEST(what_a_container_can_be_given)
{
	if (!run(kinds))
		SKIP("only root can make devices");
}

static void modes(int root_fd)
{
	static const struct {
		mode_t mode;
		bool open;
	} rows[] = {
		{ 0666, true }, { 0606, true }, { 0660, false }, { 0664, false }, { 0662, false }, { 0600, false },
	};

	CHECK_INT(mknodat(root_fd, "dev/tun", S_IFCHR | 0600, makedev(10, 200)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(freep) char *message = NULL;
		bool open = !rows[i].open;

		CHECK_INT(fchmodat(root_fd, "dev/tun", rows[i].mode, 0), 0);
		CHECK_INT(check(root_fd, "tun", &open, &message), 0);
		CHECK_INT(open, rows[i].open);
	}
}

TEST(it_is_open_to_all_if_all_users_of_the_host_may_read_and_write_it)
{
	if (!run(modes))
		SKIP("only root can make devices");
}

static void exchange(int root_fd)
{
	_cleanup_(freep) char *message = NULL;
	bool open;

	CHECK_INT(mknodat(root_fd, "dev/tun", S_IFCHR | 0600, makedev(10, 200)), 0);
	CHECK_INT(fchmodat(root_fd, "dev", 0777, 0), 0);
	CHECK_INT(check(root_fd, "tun", &open, &message), -EPERM);
	CHECK(message && strstr(message, "they can write to '/dev'"));
}

TEST(it_is_refused_if_users_of_the_host_can_exchange_it)
{
	if (!run(exchange))
		SKIP("only root can make devices");
}

TEST_MAIN
