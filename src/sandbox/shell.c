/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shell in a sandbox that runs already: what is needed to enter it comes from libvirt and the kernel, and nothing
 * from the sandbox, where root is hostile. */
#include "sandbox/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/apparmor.h"
#include "container/paths.h"
#include "inside/sandbox-init.h"
#include "running/command.h"
#include "running/enter.h"
#include "running/leader.h"
#include "running/terminal.h"
#include "sandbox/caller.h"
#include "sandbox/client.h"
#include "sandbox/identity.h"
#include "selinux/selinux.h"
#include "virt/libvirt-domain.h"
#include "virt/libvirt.h"

struct place {
	struct libvirt_leader leader;
	struct leader_ids ids;
	char *label;	  /* for the command, as struct enter_place has it */
	char *file_label; /* for its pipes, or "" */
	struct container_user user;
};

static void place_done(struct place *place)
{
	libvirt_leader_done(&place->leader);
	free(place->label);
	free(place->file_label);
	container_user_done(&place->user);
}

static int find_leader(const struct context *context, const char *name, struct place *place)
{
	_cleanup_(libvirt_closep) struct _virConnect *conn = NULL;
	int r = identity_exists(context->root_fd, name) ? libvirt_open(context->connect, &conn) : -ESRCH;

	if (conn)
		r = libvirt_domain_leader(conn, name, &place->leader);
	if (r == -ESRCH)
		log_error("There is no sandbox '%s'; 'virt-sandbox --list' shows those that run.", name);
	return r;
}

static int read_ids(const struct context *context, struct place *place)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/uid_map", place->leader.pid), *text = NULL;
	int r = rootfd_read(context->root_fd, path, WALK_ROOT, 4096, &text, NULL);

	return r < 0 ? r : leader_ids_parse(text, &place->ids) ? 0 : -EBADMSG;
}

/* The label of PID 1 is that of all processes in the sandbox; the fourth part of a context of SELinux is the level. */
static int read_selinux_label(struct place *place)
{
	_cleanup_(freep) char *process = NULL;
	const char *level;
	int r = selinux_label_of_process(place->leader.pid, &place->label);

	level = r < 0 ? NULL : place->label;
	for (int i = 0; level && i < 3; i++) {
		level = strchr(level, ':');
		level += level != NULL;
	}
	if (r == 0 && !level)
		r = -EBADMSG;
	return r < 0 ? r : selinux_contexts(level, &(const struct selinux_asked){ 0 }, &process, &place->file_label);
}

static int read_label(struct place *place)
{
	_cleanup_(freep) char *profile = NULL;

	if (selinux_on())
		return read_selinux_label(place);
	place->file_label = xstrdup("");
	if (apparmor_label_of_process(place->leader.pid, &profile) < 0 || strcmp(profile, "unconfined") == 0)
		place->label = xstrdup("");
	else
		place->label = xasprintf("exec %.*s", (int)strcspn(profile, " "), profile); /* without its mode */
	return 0;
}

static int find(const struct context *context, const struct request *request, struct place *place)
{
	int r = caller_user(context, request->caller, request->user, &place->user);

	if (r == 0)
		r = find_leader(context, request->shell, place);
	if (r < 0)
		return r;
	r = read_ids(context, place);
	if (r == 0)
		r = read_label(place);
	return r < 0 ? log_error_errno(r, "Cannot find out what sandbox '%s' has: %m", request->shell) : 0;
}

static int run(const struct context *context, const struct request *request, const struct place *place)
{
	_cleanup_(strv_done) struct strv env = { 0 };
	_cleanup_(pty_done) struct pty pty = PTY_INIT;
	const struct enter_place where = {
		.leader = place->leader.pidfd,
		.pid = place->leader.pid,
		.user = &place->user,
		.label = place->label,
		.rights = "",
		.no_set_id = true, /* root inside can make the command do what it cannot, with ptrace(2) */
	};
	struct command command = {
		.name = request->shell,
		.sandbox = true,
		.pipes = SANDBOX_DIR,
		.pipe_label = place->file_label,
		.argv = request->argv[0] ? request->argv : command_login_shell,
		.stdio = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
		.owner = place->ids.outside,
		.cwd = request->cwd,
		.env = &env,
		.no_escape = true,
	};
	int r;

	caller_environment(request->caller, &env);
	for (size_t i = 0; i < request->env.n; i++)
		strv_add(&env, request->env.v[i]);
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		r = pty_open_in(place->leader.pidfd, &pty);
		if (r < 0)
			return log_error_errno(r, "Cannot create a terminal in sandbox '%s': %m", request->shell);
		command.pty = &pty;
	}
	return enter_into(context->root_fd, &where, &command);
}

int shell_run(const struct context *context, const struct request *request)
{
	_cleanup_(place_done) struct place place = { .leader = { .pidfd = -1, .console = -1 } };
	int r;

	if (!request->argv[0] && !isatty(STDIN_FILENO)) {
		log_error("Standard input is not a terminal; run a command with 'virt-sandbox --shell %s -- COMMAND'.",
			  request->shell);
		return STATUS_FAILED;
	}
	r = find(context, request, &place);
	if (r == 0)
		r = run(context, request, &place);
	return r < 0 ? STATUS_FAILED : r;
}
