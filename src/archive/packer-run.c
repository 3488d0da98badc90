/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packer is a child with two descriptors: the archive, and a pipe to us. Its messages are dropped, because an
 * archive may have made it say anything; what it has to say comes as a frame. */
#include "archive/packer-run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

#define PIPE_SIZE (1024 * 1024)	 /* bytes */
#define BUFFER_SIZE (256 * 1024) /* bytes */

static int spawn(const char *verb, int input, int output, pid_t *ret)
{
	const char *const argv[] = { PACKERPATH, verb, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	sigemptyset(&none); /* it can be interrupted even while we block signals */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawn(ret, argv[0], &actions, &attributes, (char *const *)argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return r ? log_error_errno(r, "Cannot run '%s': %m", argv[0]) : 0;
}

static int start(const char *verb, int fd, bool pack, struct packer *ret)
{
	_cleanup_(closep) int from = -1, to = -1, high = -1;
	int pipe_fds[2], r;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(errno, "Cannot create a pipe: %m");
	from = pipe_fds[0];
	to = pipe_fds[1];
	fcntl(to, F_SETPIPE_SZ, PIPE_SIZE);
	/* dup2() of 0 or 1 to itself, or over the other one, would lose it. */
	high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (high < 0)
		return log_error_errno(errno, "Cannot copy a descriptor: %m");
	r = spawn(verb, pack ? from : high, pack ? high : to, &ret->pid);
	if (r < 0)
		return r;
	ret->frames = xcheck(fdopen(pack ? to : from, pack ? "we" : "re"));
	if (pack)
		steal_fd(&to);
	else
		steal_fd(&from);
	setvbuf(ret->frames, NULL, _IOFBF, BUFFER_SIZE);
	return 0;
}

int packer_pack(int fd, struct packer *ret)
{
	return start("pack", fd, true, ret);
}

int packer_unpack(int fd, struct packer *ret)
{
	return start("unpack", fd, false, ret);
}

int packer_end(struct packer *packer)
{
	int status = -1;

	if (packer->frames)
		fclose(packer->frames);
	packer->frames = NULL;
	while (waitpid(packer->pid, &status, 0) < 0 && errno == EINTR)
		;
	packer->pid = -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

void packer_done(struct packer *packer)
{
	if (packer->pid > 0)
		kill(packer->pid, SIGKILL);
	if (packer->pid > 0)
		packer_end(packer);
}
