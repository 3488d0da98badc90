/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packer is a child with two descriptors: the archive, and a pipe to us. Its messages are dropped, because an
 * archive may have made it say anything; what it has to say comes as a frame. */
#include "archive/packer-run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/subprocess.h"

#define PIPE_SIZE (1024 * 1024)	 /* bytes */
#define BUFFER_SIZE (256 * 1024) /* bytes */

/* Waits until the pipe is ready. False, with errno set, if a signal came before. */
static bool wait_for(const struct packer *packer, short events)
{
	struct pollfd fds[] = { { .fd = packer->fd, .events = events },
				{ .fd = packer->signals.fd, .events = POLLIN } };

	while (!signals_pending()) {
		int r = poll(fds, ARRAY_SIZE(fds), -1);

		if (r < 0 && errno != EINTR)
			return false;
		if (r > 0 && fds[0].revents)
			return true;
	}
	errno = EINTR;
	return false;
}

static ssize_t read_pipe(void *cookie, char *data, size_t size)
{
	const struct packer *packer = cookie;
	ssize_t n = -1;

	while (wait_for(packer, POLLIN)) {
		n = read(packer->fd, data, size);
		if (n >= 0 || errno != EAGAIN)
			return n;
	}
	return -1;
}

/* Anything less than everything is an error: fopencookie(3). */
static ssize_t write_pipe(void *cookie, const char *data, size_t size)
{
	const struct packer *packer = cookie;
	size_t done = 0;

	while (done < size && wait_for(packer, POLLOUT)) {
		ssize_t n = write(packer->fd, data + done, size - done);

		if (n < 0 && errno != EAGAIN)
			break;
		if (n > 0)
			done += (size_t)n;
	}
	return (ssize_t)done;
}

static int close_pipe(void *cookie)
{
	struct packer *packer = cookie;

	closep(&packer->fd);
	packer->fd = -1;
	return 0;
}

static int start(const char *verb, int fd, bool pack, struct packer *ret)
{
	const char *const argv[] = { PACKERPATH, verb, NULL };
	char *const environment[] = { NULL };
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
	r = subprocess_spawn(argv, pack ? from : high, pack ? high : to, environment, &ret->pid);
	if (r < 0)
		return log_error_errno(r, "Cannot run '%s': %m", argv[0]);
	ret->fd = steal_fd(pack ? &to : &from);
	if (fcntl(ret->fd, F_SETFL, O_NONBLOCK) < 0 || (r = signals_begin(&ret->signals)) < 0)
		return log_error_errno(errno, "Cannot wait for signals: %m");
	ret->frames = xcheck(
		fopencookie(ret, pack ? "w" : "r",
			    (cookie_io_functions_t){ .read = read_pipe, .write = write_pipe, .close = close_pipe }));
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
	closep(&packer->fd);
	packer->fd = -1;
	signals_done(&packer->signals);
	while (waitpid(packer->pid, &status, 0) < 0 && errno == EINTR)
		;
	packer->pid = -1;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECANCELED;
}

void packer_done(struct packer *packer)
{
	if (packer->pid > 0)
		kill(packer->pid, SIGKILL);
	if (packer->pid > 0)
		packer_end(packer);
	closep(&packer->fd);
	signals_done(&packer->signals);
}
