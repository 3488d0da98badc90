/* See virt-program.h. */
#include "virt-program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

#define OUTPUT_MAX 4096 /* bytes */

extern char **environ;

static int spawn(const char *connect, const char *verb, const char *name, int output, pid_t *ret)
{
	char *argv[] = { (char *)VIRTPATH, (char *)"-c", (char *)connect, (char *)verb, (char *)name, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int r;

	sigemptyset(&none); /* it can be interrupted also where we hold signals back */
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	r = posix_spawn(ret, VIRTPATH, &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

static void read_output(int fd, struct buf *b)
{
	char text[512];
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && b->len < OUTPUT_MAX)
			buf_add(b, text, (size_t)n);
}

int virt_program(const char *connect, const char *verb, const char *name, char **ret)
{
	_cleanup_(buf_done) struct buf output = { 0 };
	_cleanup_(closep) int from = -1, to = -1;
	int pipe_fds[2], status, r;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return log_error_errno(errno, "Cannot make a pipe: %m");
	from = pipe_fds[0];
	to = pipe_fds[1];
	r = spawn(connect, verb, name, to, &pid);
	if (r < 0)
		return log_error_errno(r, "Cannot run '%s', a part of virt-sandbox-service: %m", VIRTPATH);
	close(steal_fd(&to));
	read_output(from, &output);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return log_error_errno(errno, "Cannot wait for '%s': %m", VIRTPATH);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -ECANCELED;
	*ret = buf_steal(&output);
	return 0;
}
