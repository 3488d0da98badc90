/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding a container's first process. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/subprocess.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/syscalls.h"
#include "running/leader.h"

#define FILE_PATH "/run/virt-sandbox-service/web1/leader"

static char root_path[] = "/tmp/test-leader-XXXXXX";

static int root(void)
{
	static int fd = -1;

	if (fd < 0 && mkdtemp(root_path))
		fd = rootfd_open(root_path);
	if (fd < 0)
		abort();
	return fd;
}

static int read_text(const char *text)
{
	pid_t pid = 7;
	int r;

	if (atomic_file_write(root(), FILE_PATH, 0644, text, true) < 0)
		abort();
	r = leader_read(root(), "web1", &pid);
	if (r < 0)
		CHECK_INT(pid, 7);
	return r;
}

/* A process whose name tries to look like the fields that follow it. */
static pid_t sleeper(void)
{
	pid_t pid;
	int fds[2];
	char c;

	if (pipe(fds) < 0)
		abort();
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a) S 1 (b) 2 3");
		close(fds[1]);
		close(fds[0]);
		for (;;)
			pause();
	}
	close(fds[1]);
	(void)!read(fds[0], &c, 1);
	close(fds[0]);
	return pid;
}

TEST(none)
{
	pid_t pid;

	CHECK_INT(leader_read(root(), "web1", &pid), -ESRCH);
}

/* As domain-start calls it. */
static int write_leader(pid_t pid, int pidfd)
{
	return leader_write(root(), "web1", pid, pidfd);
}

TEST(written_and_read)
{
	_cleanup_(freep) char *text = NULL;
	pid_t pid = sleeper(), other = sleeper(), found = 0;
	int pidfd = sys_pidfd_open(pid);

	CHECK_INT(write_leader(pid, pidfd), 0);
	CHECK_INT(leader_read(root(), "web1", &found), 0);
	CHECK_INT(found, pid);
	CHECK_INT(rootfd_read(root(), FILE_PATH, WALK_ROOT, 100, &text, NULL), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_INT(leader_read(root(), "web1", &found), -ESRCH);
	CHECK_INT(write_leader(pid, pidfd), -ESRCH);
	/* Its number is another's by now. */
	CHECK_INT(write_leader(other, pidfd), -ESRCH);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	close(pidfd);
}

TEST(killed)
{
	pid_t pid = sleeper(), found;
	int status = 0, pidfd = sys_pidfd_open(pid);

	CHECK_INT(write_leader(pid, pidfd), 0);
	close(pidfd);
	CHECK_INT(leader_kill(root(), "web1", 60000), 0);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK_INT(leader_open(root(), "web1", &found), -ESRCH);
	CHECK_INT(leader_kill(root(), "web1", 60000), 0);
	CHECK_INT(leader_kill(root(), "nosuch", 60000), 0);
}

static int work_fails(void *data)
{
	return *(int *)data;
}

static int work_hangs(void *data)
{
	(void)data;
	return pause();
}

static int work_dies(void *data)
{
	(void)data;
	return -kill(getpid(), SIGKILL);
}

TEST(patience)
{
	int results[] = { 0, -ENOENT, -ENOTCONN };

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		CHECK_INT(subprocess_call(work_fails, &results[i], 60000), results[i]);
	CHECK_INT(subprocess_call(work_hangs, NULL, 50), -ETIMEDOUT);
	CHECK_INT(subprocess_call(work_dies, NULL, 60000), -ECANCELED);
}

TEST(number_used_again)
{
	_cleanup_(freep) char *text = xasprintf("%d 1\n", getpid());

	CHECK_INT(read_text(text), -ESRCH);
}

TEST(broken)
{
	static const char *const texts[] = {
		"", "1", "x y", "1 2", "0 1", "-5 1", "12 13 14", "99999999999 1", "12 99999999999999999999999999"
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		CHECK_INT(read_text(texts[i]), -EBADMSG);
}

static void write_text(const char *path, const char *text)
{
	_cleanup_(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));

	if (rootfd_mkdir_p(root(), dir) < 0 || atomic_file_write(root(), path, 0644, text, true) < 0)
		abort();
}

/* What the two versions of control groups show of a process that is frozen, and of one that is not. */
TEST(frozen)
{
	static const struct {
		const char *wchan, *events;
		bool frozen;
	} cases[] = {
		{ "ep_poll", "populated 1\nfrozen 0\n", false },
		{ "get_signal", "populated 1\nfrozen 1\n", true },
		{ "do_freezer_trap", "populated 1\nfrozen 1\n", true },
		{ "__refrigerator", "populated 1\nfrozen 0\n", true },
		{ "0", "", false },
	};

	write_text("/proc/77/cgroup",
		   "4:freezer:/machine/web1\n0::/machine.slice/machine-web1.scope/libvirt/init.scope\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_text("/proc/77/wchan", cases[i].wchan);
		write_text("/sys/fs/cgroup/machine.slice/machine-web1.scope/libvirt/init.scope/cgroup.events",
			   cases[i].events);
		CHECK_INT(leader_is_frozen(root(), 77), cases[i].frozen);
	}
	write_text("/proc/77/cgroup", "4:freezer:/machine/web1\n");
	write_text("/proc/77/wchan", "__refrigerator");
	CHECK(leader_is_frozen(root(), 77));
	write_text("/proc/77/wchan", "ep_poll");
	CHECK(!leader_is_frozen(root(), 77));
	CHECK(!leader_is_frozen(root(), 78));
}

/* The last: takes the folder away. */
TEST(cleanup)
{
	static const char *const folders[] = { "proc", "run", "sys" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		CHECK_INT(rm_rf(root(), folders[i]), 0);
	CHECK_INT(rmdir(root_path), 0);
}

TEST_MAIN
