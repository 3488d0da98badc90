/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the child of the program enter becomes a process of the container, in steps that are rows of a table. Until it is
 * in the container's namespaces, it acts for the host. Nothing of the container is loaded before the last step, and no
 * process of the container can examine it before it is fully confined, because it is not dumpable. */
#include "inside/become.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "inside/confine.h"

#define TIMER_SLACK 50000UL /* ns, the kernel's default */
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUSER | CLONE_NEWCGROUP)

static int write_file(const char *path, const char *text)
{
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* The label takes effect at execve(2); until then we keep ours. */
static int take_label(const struct entrant *e)
{
	return *e->context ? write_file("/proc/thread-self/attr/exec", e->context) : 0;
}

/* Soft limits that systemd raises for itself, but not for the processes that it starts. */
static const struct {
	int resource;
	rlim_t most;
} modest[] = {
	{ RLIMIT_NOFILE, 1024 },
	{ RLIMIT_MEMLOCK, 8 * 1024 * 1024 },
};

/* If we may not raise a limit, we raise it as far as we may. */
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

static int take_limits(const struct entrant *e)
{
	for (int i = 0; i < RLIM_NLIMITS; i++)
		take_limit(i, e->limits[i]);
	(void)write_file("/proc/self/oom_score_adj", e->oom); /* lowering ours takes a capability */
	return 0;
}

static int take_schedule(const struct entrant *e)
{
	if (sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 }) < 0)
		return -errno;
	if (setpriority(PRIO_PROCESS, 0, 0) < 0 && errno != EACCES && errno != EPERM)
		return -errno;
	(void)sched_setaffinity(0, sizeof(e->processors), &e->processors); /* the control group may not allow it */
	(void)sys_ioprio_set(IOPRIO_WHO_PROCESS, 0, 0);
	(void)sys_set_mempolicy(0, NULL, 0);
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK);
	personality(PER_LINUX);
	return 0;
}

static int begin_session(const struct entrant *e)
{
	(void)e;
	umask(022);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	return setsid() < 0 ? -errno : 0;
}

/* Some kernels have no time namespaces. */
static int enter_namespaces(const struct entrant *e)
{
	if (setns(e->leader, CLONE_NEWTIME) < 0 && errno != EINVAL)
		return -errno;
	return setns(e->leader, NAMESPACES) < 0 ? -errno : 0;
}

static int become_root(const struct entrant *e)
{
	(void)e;
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0; /* the new ids may have changed it */
}

/* Some kernels have no keyrings. */
static int begin_keyring(const struct entrant *e)
{
	int r = sys_keyctl_join_session_keyring(NULL);

	(void)e;
	return r < 0 && r != -ENOSYS ? r : 0;
}

static int take_terminal(const struct entrant *e)
{
	if (!e->terminal)
		return 0;
	if (fchown(STDIN_FILENO, e->uid, (gid_t)-1) < 0 || fchmod(STDIN_FILENO, 0620) < 0)
		return -errno;
	return ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

static int take_capabilities(const struct entrant *e)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return confine_capabilities(e->capabilities);
}

static int take_filter(const struct entrant *e)
{
	int r = e->no_set_id ? confine_set_id() : 0;

	if (r == 0)
		r = confine_syscalls(&e->rights);
	if (r == 0 && e->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

static int become_user(const struct entrant *e)
{
	if (setgroups(e->n_groups, e->groups) < 0 || setresgid(e->gid, e->gid, e->gid) < 0 ||
	    setresuid(e->uid, e->uid, e->uid) < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

static int run_command(const struct entrant *e)
{
	sigset_t none;
	int r = sys_close_range((unsigned int)e->leader, ~0U,
				CLOSE_RANGE_CLOEXEC); /* until then, failures are reported through them */

	if (r < 0)
		return r;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(e->words[0], e->words);
	return -errno;
}

static const struct {
	const char *what;
	int (*run)(const struct entrant *e);
} steps[] = {
	{ "take its label", take_label },
	{ "take its limits", take_limits },
	{ "take its schedule", take_schedule },
	{ "begin a session", begin_session },
	{ "enter its namespaces", enter_namespaces },
	{ "become its root", become_root },
	{ "begin a keyring", begin_keyring },
	{ "take the terminal", take_terminal },
	{ "load the system call filter", take_filter }, /* before the capabilities, because it needs them */
	{ "give up capabilities", take_capabilities },
	{ "become the user", become_user },
	{ "run the shell", run_command },
};

int become(const struct entrant *e, const char **ret_what)
{
	for (size_t i = 0;; i++) {
		int r;

		log_debug("%s.", steps[i].what);
		r = steps[i].run(e);

		if (r < 0) {
			*ret_what = steps[i].what;
			return r;
		}
	}
}
