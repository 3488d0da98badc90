/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper of a sandbox. It has nothing of its parent's streams, whose readers would otherwise wait for it: its
 * messages go through a pipe, which is read only if the sandbox fails. */
#include "sandbox/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "base/subprocess.h"
#include "base/util.h"
#include "sandbox/engine.h"
#include "sandbox/identity.h"
#include "sandbox/networks.h"
#include "virt/libvirt.h"

#define DESTROY_AGAIN 5 /* attempts; each waits a second longer than the one before it */

/* If libvirt's daemon was restarted meanwhile, the connection is dead, and the sandbox may not be. */
static int destroy(const struct engine *engine, const struct record *record, struct _virConnect **conn)
{
	int r = engine->destroy(*conn, record->name, record->uuid);

	for (unsigned int i = 0; r < 0 && i < DESTROY_AGAIN; i++) {
		libvirt_closep(conn);
		*conn = NULL;
		sleep(i);
		r = libvirt_open(engine->uri, conn);
		if (r == 0)
			r = engine->destroy(*conn, record->name, record->uuid);
	}
	return r;
}

/* Returns whether nothing of it is left: else it keeps its walls, and the next sandbox that starts tries again. */
static bool keep(const struct context *context, const struct engine *engine, const struct sandbox *sandbox, int socket,
		 int alive)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	const struct record *record = &sandbox->identity->record;

	if (libvirt_open(engine->uri, &conn) < 0)
		return true;
	if (networks_enter(context, conn, record) == 0) {
		(void)engine->run(conn, sandbox, socket, alive);
		if (destroy(engine, record, &conn) < 0)
			return false;
	}
	networks_leave(context, conn, record);
	return true;
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

int keeper_start(const struct context *context, const struct engine *engine, const struct sandbox *sandbox, int socket,
		 struct keeper *ret)
{
	int pipes[3][2], *alive = pipes[0], *reports = pipes[1], *ready = pipes[2];
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(pipes); i++) {
		if (pipe2(pipes[i], O_CLOEXEC) == 0)
			continue;
		for (int r = -errno;; i--) {
			if (i == 0)
				return r;
			close(pipes[i - 1][0]);
			close(pipes[i - 1][1]);
		}
	}
	pid = fork();
	*ret = (struct keeper){ pid, alive[1], ready[0], reports[0] };
	if (pid == 0) {
		int kept[] = { context->root_fd, sandbox->identity->lock, socket, alive[0], ready[1] };
		struct sandbox own = *sandbox;

		leave_terminal(reports[1]);
		subprocess_close_others(kept, ARRAY_SIZE(kept)); /* for whose end the caller's readers may wait */
		own.ready = ready[1];
		if (keep(context, engine, &own, socket, alive[0]))
			identity_release(context->root_fd, sandbox->identity);
		_exit(0);
	}
	close(alive[0]);
	close(reports[1]);
	close(ready[1]);
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

void keeper_wait(struct keeper *keeper)
{
	char nothing;

	while (read(keeper->ready, &nothing, 1) < 0 && errno == EINTR)
		;
}

bool keeper_was_killed(const struct keeper *keeper, bool ends)
{
	int status;
	pid_t pid;

	if (keeper->pid <= 0)
		return false;
	do
		pid = waitpid(keeper->pid, &status, ends ? 0 : WNOHANG);
	while (pid < 0 && errno == EINTR);
	return pid > 0 && WIFSIGNALED(status);
}

void keeper_done(struct keeper *keeper)
{
	closep(&keeper->alive);
	closep(&keeper->ready);
	closep(&keeper->reports);
	*keeper = KEEPER_INIT;
}
