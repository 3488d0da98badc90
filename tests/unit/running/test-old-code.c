/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search for old code, in files that stand for those of the kernel. */
#include "lib/tap.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "running/old-code.h"

#define SCOPE "/sys/fs/cgroup/machine.slice/x.scope"
#define MIB (1024 * 1024)

static char scratch[] = "/tmp/test-old-code-XXXXXX";
static int root_fd = -1;

static void add(const char *path, const char *text)
{
	_cleanup_(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	CHECK_INT(rootfd_mkdir_p(root_fd, dir), 0);
	CHECK_INT(atomic_file_write(root_fd, path, 0644, text, true), 0);
}

/* Process 'pid' has mapped this, after 'padding' bytes of something else. */
static void add_process(int pid, const char *mapped, size_t padding)
{
	static const char line[] = "7f0000000000-7f0000001000 rw-p 00000000 00:00 0\n";
	_cleanup_(freep) char *maps = xasprintf("/proc/%d/maps", pid), *comm = xasprintf("/proc/%d/comm", pid);
	_cleanup_(freep) char *name = xasprintf("p%d\n", pid), *text = xcalloc(1, padding + strlen(mapped) + 1);
	size_t n = 0;

	for (; n + strlen(line) <= padding; n += strlen(line))
		memcpy(text + n, line, strlen(line));
	memcpy(text + n, mapped, strlen(mapped));
	add(maps, text);
	add(comm, name);
}

#define LINE(permissions, path) "7f0000000000-7f0000001000 " permissions " 00000000 fe:00 12      " path "\n"

static void setup(const char *pids)
{
	strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
	CHECK(mkdtemp(scratch) != NULL);
	root_fd = rootfd_open(scratch);
	add("/proc/1/cgroup", "0::/machine.slice/x.scope/libvirt\n");
	add(SCOPE "/cgroup.procs", pids);
}

static char *found(void)
{
	_cleanup_(strv_done) struct strv programs = { 0 };

	CHECK_INT(old_code_find(root_fd, 1, &programs), 0);
	return strv_join(&programs, " ");
}

static void teardown(void)
{
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, scratch), 0);
}

TEST(only_code_from_usr_counts)
{
	_cleanup_(freep) char *names = NULL;

	setup("2\n3\n4\n5\n");
	add(SCOPE "/below/cgroup.procs", "6\n");
	add_process(2, LINE("r-xp", "/usr/bin/a"), 0);
	add_process(3, LINE("r-xp", "/usr/bin/a (deleted)"), 0);
	add_process(4, LINE("r--p", "/usr/bin/a (deleted)"), 0);
	add_process(5, LINE("r-xp", "/srv/a (deleted)"), 0);
	add_process(6, LINE("r-xp", "/usr/lib/a.so (deleted)"), 100000);
	names = found();
	CHECK_STR(names, "p3 p6");
	teardown();
}

/* Root inside may map any number of files, or parts of one, in any number of processes. */
TEST(what_is_read_has_a_limit)
{
	_cleanup_(freep) char *few = NULL, *many = NULL;

	setup("2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n");
	for (int pid = 2; pid < 20; pid++)
		add_process(pid, "", pid % 2 ? MIB / 2 : 2 * MIB); /* the latter is too large in itself */
	add_process(20, LINE("r-xp", "/usr/bin/a (deleted)"), 0);
	few = found();
	CHECK_STR(few, "p20");
	for (int pid = 2; pid < 20; pid++)
		add_process(pid, "", 2 * MIB);
	many = found();
	CHECK_STR(many, "");
	teardown();
}

TEST_MAIN
