/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens one thing in a running container. The process that enters it stays in the host's pid namespace, so that nothing
 * in the container can see it: the container could stop a process that it sees, and we would wait for ever. */
#include "running/ns-open.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdpass.h"
#include "base/util.h"
#include "running/leader.h"

#define TIMEOUT_MS 10000

/* Runs in the child. Opens the thing as root of the container. */
static int enter_and_open(int leader, ns_open_fn open, int socket)
{
	_cleanup_(closep) int fd = -1;

	if (setns(leader, CLONE_NEWNS | CLONE_NEWUSER) < 0)
		return -errno;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	/* A change of ids resets both of these. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	fd = open();
	return fd < 0 ? fd : fdpass_send(socket, "", &fd, 1);
}

static int wait_for(int socket, int *ret)
{
	struct pollfd fd = { .fd = socket, .events = POLLIN };
	char text[2];
	int r;

	do
		r = poll(&fd, 1, TIMEOUT_MS);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : fdpass_receive(socket, text, sizeof(text), ret, 1);
}

int ns_open_in(int leader, ns_open_fn open, int *ret)
{
	_cleanup_(closep) int ours = -1, theirs = -1;
	int pair[2], status, r;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-enter_and_open(leader, open, theirs));
	close(steal_fd(&theirs));
	r = wait_for(ours, ret);
	if (r == -ETIMEDOUT)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* If no descriptor came, the exit status says why. */
	return r == -EBADMSG && WIFEXITED(status) && WEXITSTATUS(status) ? -WEXITSTATUS(status) : r;
}

int ns_open(int root_fd, const char *name, ns_open_fn open, int *ret)
{
	_cleanup_(closep) int leader = -1;
	pid_t pid;

	leader = leader_open(root_fd, name, &pid);
	return leader < 0 ? leader : ns_open_in(leader, open, ret);
}
