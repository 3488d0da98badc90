/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests that need root: a child that is root of a user namespace and has mounts of its own, if the machine lets
 * ordinary users have one. */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static inline bool become_root(void)
{
	char uid_map[64], gid_map[64];

	snprintf(uid_map, sizeof(uid_map), "0 %u 1", getuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", uid_map) && write_file("/proc/self/gid_map", gid_map) &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

#define NO_USERNS 77

/* Runs 'function' in such a child. Returns the number of failed checks in it, or NO_USERNS. */
static inline int run_as_root(void (*function)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!become_root())
			_exit(NO_USERNS);
		function();
		fflush(stdout);
		_exit(test_failures > 70 ? 70 : test_failures);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

#define RUN_AS_ROOT(function)                                                                                          \
	do {                                                                                                           \
		int failed_ = run_as_root(function);                                                                   \
		if (failed_ == NO_USERNS)                                                                              \
			SKIP("this machine lets us have no user namespace");                                           \
		CHECK_INT(failed_, 0);                                                                                 \
	} while (0)
