/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper of a sandbox. It has nothing of its parent's streams, whose readers would otherwise wait for it: its
 * messages go through a pipe, which is read only if the sandbox fails. */
#include "sandbox/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "running/cgroup-scope.h"
#include "sandbox/identity.h"
#include "virt/libvirt-domain.h"
#include "virt/libvirt.h"

/* Sets what libvirt does not support: a limit of tasks, and with one of memory, no swap. Without it, the sandbox may
 * not run on. */
static int limit(const struct record *record, const struct libvirt_leader *leader)
{
	int r = record->limits[LIMIT_TASKS] || record->limits[LIMIT_MEMORY] ? scope_limit(record, leader->pid) : 0;

	return r < 0 && sys_pidfd_wait(leader->pidfd, 0) ? 0 : r;
}

/* Waits until the sandbox has ended, or the command. */
static void watch(const struct libvirt_leader *leader, int alive)
{
	struct pollfd p[] = { { .fd = leader->pidfd, .events = POLLIN }, { .fd = alive, .events = POLLIN } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
}

static int keep(const struct context *context, const struct identity *identity, const char *xml, int socket, int alive)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	_cleanup_(libvirt_leader_done) struct libvirt_leader leader = { .pidfd = -1, .console = -1 };
	const struct record *record = &identity->record;
	int r = libvirt_open(context->connect, &conn);

	if (r < 0)
		return r;
	r = libvirt_domain_run(conn, record->name, xml, socket, &leader);
	close(socket);
	if (r > 0)
		r = limit(record, &leader);
	if (r == 0 && leader.pidfd >= 0)
		watch(&leader, alive);
	(void)libvirt_domain_destroy(conn, record->name, record->uuid);
	return r;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Others may wait for the end of what the caller of the command has open. */
static void close_others(int kept[], size_t n)
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

/* The signals that end the command are not for the keeper. */
static void leave_terminal(int reports)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGHUP, SIG_IGN);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(reports, STDERR_FILENO);
	close(null);
	close(reports);
}

int keeper_start(const struct context *context, struct identity *identity, const char *xml, int socket,
		 struct keeper *ret)
{
	int alive[2], reports[2];
	pid_t pid;

	if (pipe2(alive, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(reports, O_CLOEXEC) < 0) {
		int r = -errno;

		close(alive[0]);
		close(alive[1]);
		return r;
	}
	*ret = (struct keeper){ alive[1], reports[0] };
	pid = fork();
	if (pid == 0) {
		int kept[] = { context->root_fd, identity->lock, socket, alive[0] };

		leave_terminal(reports[1]);
		close_others(kept, ARRAY_SIZE(kept));
		(void)keep(context, identity, xml, socket, alive[0]);
		identity_release(context->root_fd, identity);
		_exit(0);
	}
	close(alive[0]);
	close(reports[1]);
	if (pid > 0)
		return 0;
	keeper_done(ret);
	return -EAGAIN;
}

bool keeper_report(struct keeper *keeper)
{
	bool said = false;
	char text[4096];
	ssize_t n;

	closep(&keeper->alive);
	keeper->alive = -1;
	while ((n = read(keeper->reports, text, sizeof(text))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0) {
			(void)write_all(STDERR_FILENO, text, (size_t)n);
			said = true;
		}
	return said;
}

void keeper_done(struct keeper *keeper)
{
	closep(&keeper->alive);
	closep(&keeper->reports);
	*keeper = (struct keeper){ -1, -1 };
}
