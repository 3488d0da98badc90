/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enter: puts a process into a container, as inside/enter.h describes. It is linked statically and runs from a
 * read-only mount, so that nothing of the container is loaded before the command, and no file of the host can be
 * written through /proc/PID/exe. This process stays on the host and waits for its child, which becomes a process of the
 * container; otherwise a stopped or frozen caller would keep the dead command, and with it the container, from
 * disappearing. */
#include "inside/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "inside/become.h"

#define STOP_SECONDS 5 /* from SIGTERM or SIGHUP to SIGKILL */

static int read_file(const char *path, char *ret, size_t size)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

/* The value in a line of /proc/PID/status, followed by the rest of the text; "" if there is no such line. */
static const char *status_field(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "";
}

static int read_status(pid_t leader, struct entrant *e)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/status", leader);
	char status[8192];
	int r = read_file(path, status, sizeof(status));

	if (r < 0)
		return r;
	/* Without a filter, it is still our init, which has not finished its work. */
	if (*status_field(status, "\nSeccomp:\t") != '2')
		return -EAGAIN;
	e->capabilities = strtoull(status_field(status, "\nCapBnd:\t"), NULL, 16);
	e->no_new_privs = *status_field(status, "\nNoNewPrivs:\t") != '0';
	return 0;
}

static int read_leader(pid_t leader, struct entrant *e)
{
	_cleanup_(freep) char *oom = xasprintf("/proc/%d/oom_score_adj", leader);
	int r = read_status(leader, e);

	if (r == 0)
		r = read_file(oom, e->oom, sizeof(e->oom));
	for (int i = 0; r == 0 && i < RLIM_NLIMITS; i++)
		if (prlimit(leader, (enum __rlimit_resource)i, NULL, &e->limits[i]) < 0)
			r = -errno;
	if (sched_getaffinity(leader, sizeof(e->processors), &e->processors) < 0)
		memset(&e->processors, 0xff,
		       sizeof(e->processors)); /* more processors than the C library supports: allow all */
	/* If the leader still runs, the number was its own all the time. */
	return sys_pidfd_wait(ENTER_LEADER, 0) ? -ESRCH : r;
}

static int fail(const char *what, int r)
{
	dprintf(ENTER_REPORT, "cannot %s: %s", what, strerror(-r));
	return 1;
}

/* The child is in the container's control group from the start, so that nothing it does counts as the caller's. */
static pid_t spawn(void)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = ENTER_GROUP };

	return setns(ENTER_LEADER, CLONE_NEWPID) < 0 ? -errno : sys_clone3(&args, sizeof(args));
}

static void hand_on(pid_t child, int signal)
{
	if (kill(-child, signal) < 0)
		kill(child, signal); /* it has no session yet */
	if (signal == SIGTERM || signal == SIGHUP)
		kill(-child, SIGCONT);
}

/* Waits until the child has ended, and returns its status. All signals are blocked, and taken from the queue here. */
static int attend(pid_t child)
{
	struct timespec patience = { .tv_sec = STOP_SECONDS };
	bool stopping = false;
	sigset_t all;
	int status;

	sigfillset(&all);
	for (;;) {
		int signal = stopping ? sigtimedwait(&all, NULL, &patience) : sigwaitinfo(&all, NULL);

		if (signal < 0 && errno == EAGAIN)
			kill(child, SIGKILL);
		else if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP)
			hand_on(child, signal);
		stopping |= signal == SIGTERM || signal == SIGHUP;
		if (waitpid(child, &status, WNOHANG) > 0)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

static bool parse_groups(const char *text, struct entrant *e)
{
	_cleanup_(strv_done) struct strv words = { 0 };

	strv_split(&words, text, ",");
	for (; e->n_groups < words.n; e->n_groups++) {
		uint64_t id;

		if (e->n_groups == ARRAY_SIZE(e->groups) || parse_u64(words.v[e->n_groups], UINT32_MAX - 1, &id) < 0)
			return false;
		e->groups[e->n_groups] = (gid_t)id;
	}
	return true;
}

static bool parse(char **argv, struct entrant *e, pid_t *ret_leader)
{
	uint64_t leader, uid, gid;

	if (parse_u64(argv[1], INT32_MAX, &leader) < 0 || parse_u64(argv[2], UINT32_MAX - 1, &uid) < 0 ||
	    parse_u64(argv[3], UINT32_MAX - 1, &gid) < 0 || !parse_groups(argv[4], e) ||
	    rights_parse(argv[6], &e->rights) < 0)
		return false;
	e->uid = (uid_t)uid;
	e->gid = (gid_t)gid;
	e->context = argv[5];
	e->terminal = strcmp(argv[8], "terminal") == 0;
	e->no_set_id = strcmp(argv[7], "no") == 0;
	e->words = argv + 9;
	*ret_leader = (pid_t)leader;
	return true;
}

static int prepare(pid_t leader, struct entrant *e)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (fcntl(ENTER_REPORT, F_SETFD, FD_CLOEXEC) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 || setsid() < 0)
		return -errno;
	return read_leader(leader, e);
}

int main(int argc, char **argv)
{
	static struct entrant e = { .leader = ENTER_LEADER };
	pid_t leader, child;
	int r;

	log_begin();
	unsetenv(LOG_VARIABLE); /* the rest of the environment is the command's */
	if (argc < 10 || !parse(argv, &e, &leader)) {
		fputs("This program is run by 'virt-sandbox-service execute' and 'connect'.\n", stderr);
		return 2;
	}
	r = prepare(leader, &e);
	if (r < 0)
		return fail("read what its processes have", r);
	child = spawn();
	if (child < 0)
		return fail("make a process in it", child);
	if (child == 0) {
		const char *what = "";

		r = become(&e, &what);
		_exit(fail(what, r));
	}
	sys_close_range(0, ~0U, 0); /* the command's streams must end with the command */
	_exit(attend(child));	    /* at exit(3) a sanitizer would hang, between two pid namespaces */
}
