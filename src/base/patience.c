/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See patience.h. */
#include "base/patience.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"

/* An errno fits into an exit status. */
static int run(int (*work)(void *data), void *data)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return -work(data);
}

static int collect(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECANCELED;
}

static int await(pid_t pid, int timeout_ms)
{
	_cleanup_(closep) int fd = sys_pidfd_open(pid);

	if (fd < 0 || sys_pidfd_wait(fd, timeout_ms) > 0)
		return collect(pid);
	kill(pid, SIGKILL);
	(void)collect(pid);
	return -ETIMEDOUT;
}

int subprocess_call(int (*work)(void *data), void *data, int timeout_ms)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(run(work, data));
	return await(pid, timeout_ms);
}
