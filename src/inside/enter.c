/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* enter: a process for a container, see enter.h. Static, and run from a read-only mount: nothing of the container's is
 * loaded before the command is, and nothing of the host's can be written through /proc/PID/exe. This process stays on
 * the host and waits; a stopped or frozen caller would otherwise keep the dead command, and with it the container, from
 * going. Its child becomes the container's. The kernel lets nobody in there look into that one before it has: it is not
 * dumpable. */
#include "running/enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <grp.h>
#include <time.h>
#include <unistd.h>

#include "base/strv.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "inside/init.h"

#define STOP_SECONDS 5 /* from SIGTERM or SIGHUP to SIGKILL */
#define TIMER_SLACK 50000UL
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUSER | CLONE_NEWCGROUP)

struct entry {
	uid_t uid;
	gid_t gid;
	gid_t groups[1024];
	size_t n_groups;
	const char *context;
	bool terminal;
	char **words;
	/* of the leader, to have the same */
	uint64_t capabilities;
	bool no_new_privs;
	char oom[16];
	struct rlimit limits[RLIM_NLIMITS];
	cpu_set_t processors;
};

static int read_file(const char *path, char *ret, size_t size)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

static int write_file(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* A line of /proc/PID/status. */
static const char *status_field(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "";
}

static int read_status(pid_t leader, struct entry *e)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/status", leader);
	char status[8192];
	int r = read_file(path, status, sizeof(status));

	if (r < 0)
		return r;
	/* Before that it is our init, which has not made the container yet. */
	if (*status_field(status, "\nSeccomp:\t") != '2')
		return -EAGAIN;
	e->capabilities = strtoull(status_field(status, "\nCapBnd:\t"), NULL, 16);
	e->no_new_privs = *status_field(status, "\nNoNewPrivs:\t") != '0';
	return 0;
}

static int read_leader(pid_t leader, struct entry *e)
{
	_cleanup_(freep) char *oom = xasprintf("/proc/%d/oom_score_adj", leader);
	int r = read_status(leader, e);

	if (r == 0)
		r = read_file(oom, e->oom, sizeof(e->oom));
	for (int i = 0; r == 0 && i < RLIM_NLIMITS; i++)
		if (prlimit(leader, (enum __rlimit_resource)i, NULL, &e->limits[i]) < 0)
			r = -errno;
	if (sched_getaffinity(leader, sizeof(e->processors), &e->processors) < 0)
		memset(&e->processors, 0xff, sizeof(e->processors)); /* more processors than libc knows of: any */
	/* The number was the leader's if that still runs. */
	return sys_pidfd_wait(ENTER_LEADER, 0) ? -ESRCH : r;
}

/* --- what the child does, one step after the other -------------------------------------------------------------- */

static int join_old_groups(const struct entry *e)
{
	(void)e;
	for (int fd = ENTER_OLD; fcntl(fd, F_GETFD) >= 0; fd++)
		if (write(fd, "0", 1) < 0)
			return -errno;
	return 0;
}

/* For the command: until it runs, the label is ours. */
static int take_label(const struct entry *e)
{
	return *e->context ? write_file("/proc/thread-self/attr/exec", e->context) : 0;
}

/* What systemd raises for itself, and not for what it starts. */
static const struct {
	int resource;
	rlim_t most;
} modest[] = {
	{ RLIMIT_NOFILE, 1024 },
	{ RLIMIT_MEMLOCK, 8 * 1024 * 1024 },
};

/* Without the right to raise a limit, what is there already has to do. */
static void take_limit(int resource, struct rlimit limit)
{
	struct rlimit own;

	for (size_t i = 0; i < ARRAY_SIZE(modest); i++)
		if (modest[i].resource == resource && limit.rlim_cur > modest[i].most)
			limit.rlim_cur = modest[i].most;
	if (setrlimit((enum __rlimit_resource)resource, &limit) == 0 ||
	    getrlimit((enum __rlimit_resource)resource, &own) < 0)
		return;
	if (limit.rlim_max > own.rlim_max)
		limit.rlim_max = own.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit((enum __rlimit_resource)resource, &limit);
}

static int take_limits(const struct entry *e)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		take_limit(i, e->limits[i]);
	(void)write_file("/proc/self/oom_score_adj", e->oom); /* lower than ours only with the right to */
	return 0;
}

static int take_schedule(const struct entry *e)
{
	if (sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 }) < 0)
		return -errno;
	if (setpriority(PRIO_PROCESS, 0, 0) < 0 && errno != EACCES && errno != EPERM)
		return -errno;
	(void)sched_setaffinity(0, sizeof(e->processors), &e->processors); /* the control group may say otherwise */
	(void)sys_ioprio_set(IOPRIO_WHO_PROCESS, 0, 0);
	(void)sys_set_mempolicy(0, NULL, 0);
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK);
	personality(PER_LINUX);
	return 0;
}

static int begin_session(const struct entry *e)
{
	(void)e;
	umask(022);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	return setsid() < 0 ? -errno : 0;
}

/* The kernel may have no namespaces of time. */
static int enter_namespaces(const struct entry *e)
{
	(void)e;
	if (setns(ENTER_LEADER, CLONE_NEWTIME) < 0 && errno != EINVAL)
		return -errno;
	return setns(ENTER_LEADER, NAMESPACES) < 0 ? -errno : 0;
}

static int become_root(const struct entry *e)
{
	(void)e;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0; /* which new ids may have changed */
}

/* A kernel may have none. */
static int begin_keyring(const struct entry *e)
{
	int r = sys_keyctl_join_session_keyring(NULL);

	(void)e;
	return r < 0 && r != -ENOSYS ? r : 0;
}

static int take_terminal(const struct entry *e)
{
	if (!e->terminal)
		return 0;
	if (fchown(STDIN_FILENO, e->uid, (gid_t)-1) < 0 || fchmod(STDIN_FILENO, 0620) < 0)
		return -errno;
	return ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

static int take_capabilities(const struct entry *e)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return limit_capabilities(e->capabilities);
}

static int take_filter(const struct entry *e)
{
	int r = filter_syscalls();

	if (r == 0 && e->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

static int become_user(const struct entry *e)
{
	if (setgroups(e->n_groups, e->groups) < 0 || setresgid(e->gid, e->gid, e->gid) < 0 ||
	    setresuid(e->uid, e->uid, e->uid) < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

static int run_command(const struct entry *e)
{
	sigset_t none;

	sys_close_range(ENTER_LEADER, ENTER_GROUP, 0);
	sys_close_range(ENTER_OLD, ~0U, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(e->words[0], e->words);
	return -errno;
}

static const struct {
	const char *what;
	int (*run)(const struct entry *e);
} steps[] = {
	{ "join its control groups", join_old_groups },
	{ "take its label", take_label },
	{ "take its limits", take_limits },
	{ "take its schedule", take_schedule },
	{ "begin a session", begin_session },
	{ "enter its namespaces", enter_namespaces },
	{ "become its root", become_root },
	{ "begin a keyring", begin_keyring },
	{ "take the terminal", take_terminal },
	{ "load the system call filter", take_filter }, /* which can take a capability */
	{ "give up capabilities", take_capabilities },
	{ "become the user", become_user },
	{ "run the shell", run_command },
};

static int fail(const char *what, int r)
{
	dprintf(ENTER_REPORT, "cannot %s: %s", what, strerror(-r));
	return 1;
}

static int become(const struct entry *e)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		r = steps[i].run(e);
		if (r < 0)
			return fail(steps[i].what, r);
	}
	return 0;
}

/* --- what the parent does
 * ------------------------------------------------------------------------------------------ */

/* In the container's control group from its first moment, so that nothing it does is counted as the caller's. */
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

/* Any signal is blocked. */
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

static bool parse_groups(const char *text, struct entry *e)
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

static bool parse(char **argv, struct entry *e, pid_t *ret_leader)
{
	uint64_t leader, uid, gid;

	if (parse_u64(argv[1], INT32_MAX, &leader) < 0 || parse_u64(argv[2], UINT32_MAX - 1, &uid) < 0 ||
	    parse_u64(argv[3], UINT32_MAX - 1, &gid) < 0 || !parse_groups(argv[4], e))
		return false;
	e->uid = (uid_t)uid;
	e->gid = (gid_t)gid;
	e->context = argv[5];
	e->terminal = strcmp(argv[6], "terminal") == 0;
	e->words = argv + 7;
	*ret_leader = (pid_t)leader;
	return true;
}

static int prepare(pid_t leader, struct entry *e)
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
	static struct entry e;
	pid_t leader, child;
	int r;

	if (argc < 8 || !parse(argv, &e, &leader)) {
		fputs("This program is run by 'virt-sandbox-service execute' and 'connect'.\n", stderr);
		return 2;
	}
	r = prepare(leader, &e);
	if (r < 0)
		return fail("read what its processes have", r);
	child = spawn();
	if (child < 0)
		return fail("make a process in it", child);
	if (child == 0)
		_exit(become(&e));
	sys_close_range(0, ~0U, 0); /* else the command's streams would not end with it */
	_exit(attend(child));	    /* what a sanitizer does at an exit hangs between two namespaces of processes */
}
