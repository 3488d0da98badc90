/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The monitor may execute nothing while the container runs (confine.c), but somebody has to look into the container
 * when its services change. */
#include "monitor/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "container/handover.h"
#include "container/paths.h"

enum { REQUESTS = CHANGES_FD + 1, UNUSED };

static const struct {
	const char *program, *verb;
} programs[HELPER_REQUESTS] = {
	[HELPER_LOOK] = { PROGRAMPATH, "domain-look" },
	[HELPER_RESUME] = { VIRTPATH, "domain-resume" },
};

static void run(const char *name, const char *leader, enum helper_request request)
{
	const char *program = programs[request].program;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(REQUESTS, STDOUT_FILENO);
		close(REQUESTS);
		execl(program, program, programs[request].verb, name, request == HELPER_LOOK ? leader : NULL,
		      (char *)NULL);
		log_error_errno(errno, "Cannot run '%s': %m", program);
		_exit(1);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void serve(const char *name, pid_t leader)
{
	unsigned char request;
	char text[16];

	snprintf(text, sizeof(text), "%d", leader);
	while (read(REQUESTS, &request, 1) == 1 && request < HELPER_REQUESTS) {
		run(name, text, (enum helper_request)request);
		sys_send(REQUESTS, HELPER_DONE, 1, MSG_NOSIGNAL);
	}
}

/* Keeps only the standard streams, the requests and the changes, in any of whose places the others may be. */
static void arrange(int requests, int changes)
{
	int high = fcntl(requests, F_DUPFD, UNUSED);

	dup2(changes, CHANGES_FD);
	dup2(high, REQUESTS);
	sys_close_range(UNUSED, ~0U, 0);
}

int helper_start(const char *name, pid_t leader, int changes)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGHUP, SIG_DFL);
		arrange(pair[1], changes);
		serve(name, leader);
		_exit(0);
	}
	close(pair[1]);
	if (pid > 0)
		return pair[0];
	close(pair[0]);
	return -EAGAIN;
}

void helper_ask(int helper, enum helper_request request)
{
	unsigned char text = (unsigned char)request;

	sys_send(helper, (const char *)&text, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}
