/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes: programs, and functions that run outside of our process, so that we can give up waiting for them. If
 * a signal asks us to end, we pass it on to the program and wait for it. */
#include "base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/syscalls.h"

#define OUTPUT_MAX 4096 /* bytes */
#define FILTER_PATIENCE_MS 10000

extern char **environ;

int subprocess_spawn(const char *const argv[], int input, int output, char *const environment[], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	sigemptyset(&none); /* the program can be interrupted even while we block signals */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	if (input >= 0) {
		posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	}
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	r = posix_spawn(ret, argv[0], &actions, &attributes, (char *const *)argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

/* Reads until the program has closed its output, which it does when it ends. */
static int read_output(int fd, const struct signals *signals, int patience_ms, struct buf *b)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = signals->fd, .events = POLLIN } };
	char text[512];

	for (;;) {
		int ready = poll(fds, ARRAY_SIZE(fds), patience_ms);
		ssize_t n;

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0)
			return -ETIMEDOUT;
		if (signals_pending())
			return -EINTR;
		n = read(fd, text, sizeof(text));
		if (n == 0)
			return 0;
		if (n > 0 && b->len < OUTPUT_MAX)
			buf_add(b, text, (size_t)n);
	}
}

/* Waits for the program. Its exit status, or -errno. */
static int attend(pid_t pid, int output, int patience_ms, struct buf *b)
{
	_cleanup_(signals_done) struct signals signals = { .fd = -1 };
	int r = signals_begin(&signals), status;

	if (r == 0)
		r = read_output(output, &signals, patience_ms, b);
	if (r < 0)
		kill(pid, SIGTERM); /* a program that must not be interrupted blocks this signal, and we wait for it */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECANCELED;
}

static void tell(const char *const argv[])
{
	_cleanup_(buf_done) struct buf words = { 0 };
	_cleanup_(freep) char *text = NULL;

	for (size_t i = 0; argv[i]; i++)
		buf_addf(&words, "%s%s", i ? " " : "", argv[i]);
	text = buf_steal(&words);
	log_info("Run '%s'.", text);
}

static int run(const char *const argv[], int input, int patience_ms, char **ret)
{
	_cleanup_(buf_done) struct buf output = { 0 };
	_cleanup_(closep) int from = -1, to = -1;
	int pipe_fds[2], r;
	pid_t pid;

	tell(argv);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(errno, "Cannot create a pipe: %m");
	from = pipe_fds[0];
	to = pipe_fds[1];
	r = subprocess_spawn(argv, input, to, environ, &pid);
	if (r < 0)
		return log_error_errno(r, "Cannot run '%s': %m", argv[0]);
	close(steal_fd(&to));
	r = attend(pid, from, patience_ms, &output);
	log_debug("'%s' (process %d) has ended: %d.", argv[0], pid, r);
	if (r > 0)
		return -ECANCELED; /* the program has printed why */
	if (r == -EINTR || r == -ETIMEDOUT)
		return r;
	if (r < 0)
		return log_error_errno(r, "'%s' did not finish: %m", argv[0]);
	*ret = buf_steal(&output);
	return 0;
}

int subprocess_run(const char *const argv[], int patience_ms, char **ret)
{
	return run(argv, -1, patience_ms, ret);
}

int subprocess_filter(const char *const argv[], int input, char **ret)
{
	return run(argv, input, FILTER_PATIENCE_MS, ret);
}

/* The exit status (0 to 255) has room for an errno. The child must not outlive us. */
static int call(int (*work)(void *data), void *data)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return -work(data);
}

static int reap(pid_t pid)
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
		return reap(pid);
	kill(pid, SIGKILL);
	(void)reap(pid);
	return -ETIMEDOUT;
}

int subprocess_call(int (*work)(void *data), void *data, int timeout_ms)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(call(work, data));
	return await(pid, timeout_ms);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

void subprocess_close_others(int kept[], size_t n)
{
	unsigned int next = STDERR_FILENO + 1;

	qsort(kept, n, sizeof(*kept), compare);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned int)kept[i] > next)
			sys_close_range(next, (unsigned int)kept[i] - 1, 0);
		next = (unsigned int)kept[i] + 1;
	}
	sys_close_range(next, ~0U, 0);
}
