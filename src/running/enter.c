/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container or a sandbox, which a process of ours enters. This is the part that stays outside: it
 * prepares everything, and waits. A separate program, inside/enter.c, does the rest. */
#include "running/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/log.h"
#include "base/syscalls.h"
#include "container/apparmor.h"
#include "container/places.h"
#include "container/record.h"
#include "inside/enter.h"
#include "running/cgroup-leaf.h"
#include "running/command.h"
#include "running/container-user.h"
#include "running/leader.h"
#include "running/session.h"
#include "running/terminal.h"
#include "selinux/selinux.h"

#define ENTER_TIMEOUT_MS 10000
#define OVER_MS 300
#define HIGH 64 /* descriptors below this may be passed to the program */

struct enter {
	const struct command *command;
	const struct enter_place *place;
	struct cgroup_leaf leaf;
	struct session session;
	pid_t helper;
	int helper_fd; /* pidfd */
	int report;
};

/* The same after an error: either the helper ends after the command, or the command never started. */
static void enter_done(struct enter *e)
{
	if (e->helper > 0) {
		kill(e->helper, SIGKILL);
		waitpid(e->helper, NULL, 0);
	}
	session_done(&e->session);
	cgroup_leaf_remove(&e->leaf, !e->command->pty || e->helper > 0);
	closep(&e->report);
	closep(&e->helper_fd);
}

static int make_leaf(int root_fd, struct enter *e)
{
	int r = cgroup_leaf_make(root_fd, e->place->pid, &e->leaf);

	if (r == -EBUSY) {
		log_error("%s '%s' is frozen; nothing can run in it.", command_place(e->command), e->command->name);
		return r;
	}
	return r < 0 ? log_error_errno(r, "Cannot create a control group for '%s' in '%s': %m", e->command->argv[0],
				       e->command->name)
		     : 0;
}

/* The environment of a login, then what was asked for: of two assignments, a shell uses the later one. */
static void environment(const struct enter *e, struct strv *ret)
{
	strv_add(ret, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	strv_add(ret, "LANG=C.UTF-8");
	strv_addf(ret, "HOME=%s", e->place->user->home);
	strv_addf(ret, "USER=%s", e->place->user->name);
	strv_addf(ret, "LOGNAME=%s", e->place->user->name);
	strv_addf(ret, "SHELL=%s", e->place->user->shell);
	command_environment(e->command, ret);
	if (log_level_word()) /* only for the helper, which removes it again */
		strv_addf(ret, LOG_VARIABLE "=%s", log_level_word());
}

static void arguments(const struct enter *e, struct strv *ret)
{
	const struct enter_place *place = e->place;
	_cleanup_(freep) char *groups = strv_join(&place->user->groups, ",");

	strv_add(ret, "enter");
	strv_addf(ret, "%d", place->pid);
	strv_addf(ret, "%u", place->user->uid);
	strv_addf(ret, "%u", place->user->gid);
	strv_add(ret, groups);
	strv_add(ret, place->label);
	strv_add(ret, place->rights);
	strv_add(ret, place->no_set_id ? "no" : "");
	strv_add(ret, e->command->pty ? "terminal" : "");
	command_words(e->command, ret);
}

/* The helper runs from a read-only mount of its own: root in a container without ids of its own owns the file, and
 * could reach it through /proc. */
static int open_helper(void)
{
	_cleanup_(closep) int fd = open(ENTERPATH, O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : idmap_clone(fd, -1, IDMAP_READONLY);
}

/* Runs in the child. Renumbers the descriptors in 'fds' to 0, 1, 2 and so on; the last one is the helper's program. */
static int place_descriptors(int fds[], int n)
{
	for (int i = 0; i < n; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, HIGH);
		if (fds[i] < 0)
			return -errno;
	}
	for (int i = 0; i < n; i++)
		if (dup2(fds[i], i) < 0)
			return -errno;
	if (fcntl(n - 1, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return sys_close_range((unsigned int)n, ~0U, 0);
}

static void run_helper(const struct enter *e, int report, int helper, char **argv, char **env)
{
	const struct pty *pty = e->command->pty;
	int fds[ENTER_FDS + 1], n = 0, r;

	for (int i = 0; i < RELAY_STREAMS; i++)
		fds[n++] = pty ? pty->slave : e->session.relay.inside[i];
	fds[n++] = e->place->leader;
	fds[n++] = e->leaf.group;
	fds[n++] = report;
	fds[n++] = helper;
	r = place_descriptors(fds, n);
	if (r == 0) {
		report = ENTER_REPORT;
		r = sys_execveat(n - 1, "", argv, env, AT_EMPTY_PATH);
	}
	dprintf(report, "cannot run '" ENTERPATH "': %s", strerror(-r));
	_exit(1);
}

static int start_helper(struct enter *e)
{
	_cleanup_(strv_done) struct strv argv = { 0 }, env = { 0 };
	_cleanup_(closep) int helper = open_helper(), report = -1;
	int fds[2];

	if (helper < 0)
		return log_error_errno(helper, "Cannot open '" ENTERPATH "', a part of virt-sandbox-service: %m");
	arguments(e, &argv);
	environment(e, &env);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return log_error_errno(errno, "Cannot create a pipe: %m");
	e->report = fds[0];
	report = fds[1];
	e->helper = fork();
	if (e->helper == 0)
		run_helper(e, report, helper, argv.v, env.v);
	if (e->helper > 0)
		log_info("Process %d enters '%s' (PID 1 is %d) to run '%s' as user %u.", e->helper, e->command->name,
			 e->place->pid, e->command->argv[0], e->place->user->uid);
	e->helper_fd = e->helper < 0 ? -errno : sys_pidfd_open(e->helper);
	return e->helper_fd < 0 ? log_error_errno(e->helper_fd, "Cannot create a process: %m") : 0;
}

/* Waits until the command runs, or until the helper reports why it does not. */
static int await_entry(struct enter *e)
{
	struct pollfd p = { .fd = e->report, .events = POLLIN };
	char text[512];
	ssize_t n = poll(&p, 1, ENTER_TIMEOUT_MS) > 0 ? read(e->report, text, sizeof(text) - 1) : -1;

	if (n == 0)
		return 0;
	text[n < 0 ? 0 : n] = '\0';
	log_error("%s '%s' could not start '%s': %s.", command_place(e->command), e->command->name, e->command->argv[0],
		  n < 0 ? "it takes too long" : text);
	return -EIO;
}

static int wait_helper(void *data, struct pollfd *fds, size_t n)
{
	struct enter *e = data;
	struct pollfd all[SESSION_FDS + 1];

	memcpy(all, fds, n * sizeof(*fds));
	all[n] = (struct pollfd){ .fd = e->helper_fd, .events = POLLIN };
	if (poll(all, n + 1, -1) < 0) {
		if (errno != EINTR)
			return log_error_errno(errno, "Cannot wait for '%s': %m", e->command->argv[0]);
		return 0; /* no 'revents' is set */
	}
	memcpy(fds, all, n * sizeof(*fds));
	return all[n].revents != 0;
}

static void signal_helper(void *data, int signal)
{
	const struct enter *e = data;

	kill(e->helper, signal);
}

/* Ends the command as a login or a unit would end. */
static void end_command(struct enter *e)
{
	kill(e->helper, e->command->pty ? SIGHUP : SIGTERM);
}

static int collect(struct enter *e)
{
	int status, r = waitpid(e->helper, &status, 0) < 0 ? -errno : 0;

	e->helper = 0;
	return r < 0 ? r : WIFEXITED(status) ? WEXITSTATUS(status) : -ECANCELED;
}

/* Whether the command ended because the container stopped. PID 1 is the last process to disappear. */
static bool is_over(const struct enter *e, int status)
{
	return sys_pidfd_wait(e->place->leader, status == 128 + SIGKILL ? OVER_MS : 0) != 0;
}

/* Relays until the command has ended. Returns its exit status. */
static int run_through(struct enter *e)
{
	const struct session_peer peer = { .wait = wait_helper, .signal = signal_helper, .data = e };
	int r = await_entry(e), status;

	if (r == 0)
		r = session_run(&e->session, &peer);
	if (r < 0) {
		end_command(e);
		if (r != -EINTR)
			(void)collect(e);
		return r;
	}
	status = collect(e);
	if (is_over(e, status))
		return session_lost(&e->session, -ECONNRESET);
	r = session_finish(&e->session);
	return r < 0 ? r : status;
}

int enter_into(int root_fd, const struct enter_place *place, const struct command *command)
{
	_cleanup_(enter_done) struct enter e = {
		.command = command,
		.place = place,
		.leaf = CGROUP_LEAF_INIT,
		.session = SESSION_INIT,
		.helper_fd = -1,
		.report = -1,
	};
	int r = session_open(&e.session, command);

	if (r == 0)
		r = make_leaf(root_fd, &e);
	if (r == 0)
		r = start_helper(&e);
	return r < 0 ? r : run_through(&e);
}

static int find_user(int root_fd, const struct record *record, const struct command *command,
		     struct container_user *ret)
{
	const char *name = command->user ? command->user : "root";
	_cleanup_(closep) int tree = place_open_tree(root_fd, record->path, false);
	int r;

	if (tree < 0)
		return tree;
	r = container_user_find(tree, name, ret);
	if (r == -ENOENT) {
		log_error("Container '%s' could not start '%s': there is no such user.", command->name,
			  command->argv[0]);
		return r;
	}
	return r < 0 ? log_error_errno(r, "Cannot read the users of container '%s': %m", command->name) : 0;
}

/* If the container's first process is not confined by AppArmor, as on a host that cannot load profiles, neither is the
 * command. Caller frees. */
static char *label_to_take(const struct record *record, pid_t leader)
{
	_cleanup_(freep) char *now = NULL;
	_cleanup_(freep) char *profile = apparmor_profile(record->name);

	if (selinux_on())
		return xstrdup(record->process_context);
	if (!apparmor_on())
		return xstrdup("");
	if (apparmor_label_of_process(leader, &now) == 0 && strcmp(now, "unconfined") == 0)
		return xstrdup("");
	return xasprintf("exec %s", profile);
}

int enter_run(int root_fd, const struct record *record, const struct command *command)
{
	_cleanup_(container_user_done) struct container_user user = { 0 };
	_cleanup_(freep) char *label = NULL, *rights = record_rights(record);
	struct enter_place place = { .user = &user, .rights = rights };
	_cleanup_(closep) int leader = -1;
	int r = find_user(root_fd, record, command, &user);

	if (r < 0)
		return r;
	leader = leader_open(root_fd, command->name, &place.pid);
	if (leader == -ESRCH) {
		log_error("Container '%s' is not running.", command->name);
		return -ESRCH;
	}
	if (leader < 0)
		return log_error_errno(leader, "Cannot find the processes of container '%s': %m", command->name);
	place.leader = leader;
	place.label = label = label_to_take(record, place.pid);
	return enter_into(root_fd, &place, command);
}
