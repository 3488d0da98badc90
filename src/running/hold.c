/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container is frozen as a whole by its scope (cgroup.freeze in the kernel's cgroup-v2 document), which root inside
 * cannot write to. A child waits meanwhile, and thaws the container if this process is killed; 'stop' would, too. */
#include "running/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "container/paths.h"
#include "running/cgroup-scope.h"
#include "running/leader.h"
#include "systemd/manager.h"

#define FREEZE_MS 10000
#define STEP_MS 10

static int find_state(const char *name, struct unit_state *ret)
{
	_cleanup_(freep) char *unit = host_unit_name(name);
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r = systemd_connect(&bus);

	return r < 0 ? r : bus_unit_state(bus, unit, ret);
}

/* Keeps no descriptor open but these two, so that nobody waits in vain for the end of a pipe. */
static void close_others(int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b), high = (unsigned int)(a < b ? b : a);

	sys_close_range(3, low - 1, 0);
	sys_close_range(low + 1, high - 1, 0);
	sys_close_range(high + 1, ~0U, 0);
}

/* The child waits for a byte, which says that all is well, or for the end of the pipe. */
static void wait_and_thaw(const struct hold *h, int pipe)
{
	sigset_t all;
	char done;
	ssize_t n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	close_others(h->context->root_fd, pipe);
	do
		n = read(pipe, &done, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		scope_thaw(h->context->root_fd, h->leader);
	_exit(0);
}

static int watch(struct hold *h)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	h->child = fork();
	if (h->child == 0)
		wait_and_thaw(h, ends[0]);
	close(ends[0]);
	h->pipe = ends[1];
	return h->child < 0 ? -errno : 0;
}

static void end_watch(struct hold *h)
{
	if (h->child > 0 && write(h->pipe, "", 1) == 1)
		waitpid(h->child, NULL, 0);
	if (h->child != 0)
		close(h->pipe);
	h->child = 0;
}

/* A process that is in a call of the kernel is frozen when that returns. */
static int freeze(struct hold *h)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	int r = leader_read(h->context->root_fd, h->name, &h->leader);

	if (r < 0)
		return log_error_errno(r, "Cannot find the processes of container '%s': %m", h->name);
	if (leader_is_frozen(h->context->root_fd, h->leader)) /* by the administrator, who will thaw it */
		return 0;
	r = watch(h);
	if (r == 0)
		r = scope_freeze(h->context->root_fd, h->leader);
	if (r < 0)
		return log_error_errno(r, "Cannot freeze container '%s': %m", h->name);
	h->frozen = true;
	for (int waited = 0; waited < FREEZE_MS; waited += STEP_MS) {
		if (leader_is_frozen(h->context->root_fd, h->leader))
			return 0;
		nanosleep(&step, NULL);
	}
	return log_error_errno(
		-ETIMEDOUT, "Container '%s' does not freeze, because the kernel is busy for it; try again.", h->name);
}

int hold_begin(const struct context *context, const char *name, bool live, struct hold *ret)
{
	_cleanup_(hold_done) struct hold h = { .context = context, .name = name };
	struct unit_state state;
	int r = context->on_host ? find_state(name, &state) : 0;

	if (r < 0)
		return r;
	if (context->on_host && !unit_is_at_rest(&state)) {
		if (!live)
			return log_error_errno(
				-EBUSY, "Container '%s' is running; stop it first with 'virt-sandbox-service stop %s'.",
				name, name);
		if (strcmp(state.active, "active") != 0)
			return log_error_errno(-EBUSY, "Container '%s' is starting or stopping; try again.", name);
		r = freeze(&h);
		if (r < 0)
			return r;
	}
	h.started = context->on_host ? state.started : 0;
	*ret = h;
	h = (struct hold){ 0 };
	return 0;
}

int hold_check(const void *hold)
{
	const struct hold *h = hold;
	struct unit_state state;
	int r;

	if (!h->context->on_host)
		return 0;
	if (h->leader)
		return leader_is_frozen(h->context->root_fd, h->leader)
			       ? 0
			       : log_error_errno(-ESTALE, "Container '%s' was resumed or stopped meanwhile; try again.",
						 h->name);
	r = find_state(h->name, &state);
	if (r < 0 || (unit_is_at_rest(&state) && state.started == h->started))
		return r;
	return log_error_errno(-ESTALE, "Container '%s' was started meanwhile; try again.", h->name);
}

void hold_done(struct hold *h)
{
	if (h->frozen && scope_thaw(h->context->root_fd, h->leader) < 0)
		log_error("Container '%s' is still frozen; 'virt-sandbox-service stop %s' resumes and stops it.",
			  h->name, h->name);
	h->frozen = false;
	end_watch(h);
}
