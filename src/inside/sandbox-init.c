/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first program of a sandbox: libvirt-lxc starts it as PID 1, in a root that has nothing but this program. It takes
 * the root that the host has made, confines itself as the init of a container does, runs the command, reaps whatever
 * becomes its child, and reports how the command ended. The kernel kills all that is left when it exits. It is linked
 * statically, so that nothing of the sandbox's root is loaded before the command. */
#include "inside/sandbox-init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "base/strv.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "inside/confine.h"
#include "inside/init.h"

#define ORDER_MAX (8 * 1024 * 1024) /* bytes; execve(2) takes about 6 MiB at most */

#ifndef MOVE_MOUNT_F_EMPTY_PATH /* glibc 2.36 */
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif

static int fds[START_FDS] = { -1, -1, -1, -1, -1 };
static char *order; /* the whole text */
static const char *fields[ORDER_FIELDS];
static char **words, **environment;
static struct rights rights;
static bool terminal, guest; /* as the arguments say */
static int slave = -1;	     /* of the terminal */

static void tell(const char *text)
{
	sys_send(SANDBOX_SOCKET, text, strlen(text) + 1, MSG_NOSIGNAL);
}

static int fail(int status, const char *what, int r)
{
	_cleanup_(freep) char *text = xasprintf(SANDBOX_FAILED "%d cannot %s: %s", status, what, strerror(-r));

	tell(text);
	return 1;
}

static int close_inherited(void)
{
	int r = sys_close_range(SANDBOX_SOCKET + 1, ~0U, 0);

	return r < 0 || fcntl(SANDBOX_SOCKET, F_SETFD, FD_CLOEXEC) == 0 ? r : -errno;
}

static int read_order(int fd)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0 && text.len < ORDER_MAX)
		buf_add(&text, part, (size_t)n);
	if (n != 0 || text.len == 0 || text.text[text.len - 1])
		return n < 0 ? -errno : -EBADMSG;
	n = (ssize_t)text.len;
	order = buf_steal(&text);
	return (int)n;
}

/* Splits the order: it has 'length' bytes. */
static int parse_order(size_t length)
{
	char **strings = xcalloc(length + 2, sizeof(*strings));
	size_t n = 0;
	uint64_t count;

	for (const char *p = order; p < order + length; p += strlen(p) + 1)
		strings[n++] = (char *)p;
	if (n < ORDER_FIELDS || parse_u64(strings[ORDER_WORDS], n - ORDER_FIELDS, &count) < 0 || count == 0 ||
	    rights_parse(strings[ORDER_RIGHTS], &rights) < 0)
		return -EBADMSG;
	memcpy(fields, strings, sizeof(fields));
	words = xcalloc(count + 1, sizeof(*words));
	memcpy(words, strings + ORDER_FIELDS, count * sizeof(*words));
	environment = strings + ORDER_FIELDS + count;
	return 0;
}

/* With a terminal, there are fewer descriptors. */
static int receive(int n)
{
	struct pollfd p = { .fd = SANDBOX_SOCKET, .events = POLLIN };
	char text[SANDBOX_MESSAGE];

	if (poll(&p, 1, -1) < 0)
		return -errno;
	return fdpass_receive(SANDBOX_SOCKET, text, sizeof(text), fds, (size_t)n);
}

static int take_order(void)
{
	int r = receive(terminal ? START_FDS_TERMINAL : START_FDS);

	if (r == 0)
		r = read_order(fds[START_ORDER]);
	if (r > 0)
		r = parse_order((size_t)r);
	closep(&fds[START_ORDER]);
	return r;
}

static int enter_cgroups(void)
{
	return own_cgroups(MS_RDONLY);
}

/* What libvirt has mounted goes along. */
static int take_kernel_mounts(void)
{
	static const char *const paths[] = { "/dev", "/proc", "/sys" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_(freep) char *target = xasprintf(SANDBOX_NEW "%s", paths[i]);

		if (mount(paths[i], target, NULL, MS_MOVE, NULL) < 0)
			return -errno;
	}
	return 0;
}

/* The old root is mounted on the new one for a moment: pivot_root(2). */
static int take_root(void)
{
	_cleanup_(closep) int new = -1, root = -1;
	int r = sys_move_mount(fds[START_TREE], "", AT_FDCWD, SANDBOX_NEW, MOVE_MOUNT_F_EMPTY_PATH);

	if (r == 0)
		r = take_kernel_mounts();
	closep(&fds[START_TREE]);
	fds[START_TREE] = -1;
	if (r < 0)
		return r;
	new = open(SANDBOX_NEW, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (new < 0 || fchdir(new) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -errno;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 || fchdir(root) < 0 ? -errno : 0;
}

/* For POSIX shared memory, which libvirt does not provide. */
static int mount_shm(void)
{
	if (mkdir("/dev/shm", 0755) < 0 && errno != EEXIST)
		return -errno;
	return mount("none", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0 ? -errno : 0;
}

static int name_host(void)
{
	return sethostname(fields[ORDER_HOSTNAME], strlen(fields[ORDER_HOSTNAME])) < 0 ? -errno : 0;
}

static int cover_kernel(void)
{
	return cover_host(NULL);
}

/* The terminal is one of the sandbox, and so none of the host's. */
static int make_terminal(void)
{
	_cleanup_(closep) int master = -1;
	int unlocked = 0;

	if (!terminal)
		return 0;
	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return slave < 0 ? -errno : fdpass_send(SANDBOX_SOCKET, SANDBOX_TERMINAL, &master, 1);
}

static int drop_capabilities(void)
{
	return confine_capabilities(~rights_capabilities() | rights.capabilities);
}

static int refuse_set_id(void)
{
	return *fields[ORDER_SET_ID] ? confine_set_id() : 0;
}

static int load_filter(void)
{
	return confine_syscalls(&rights);
}

static const struct {
	const char *what;
	int (*run)(void);
	bool shared; /* only where the kernel is the host's */
} steps[] = {
	{ "close inherited descriptors", close_inherited, false },
	{ "read what to run", take_order, false },
	{ "set hardware addresses", set_hardware_addresses, true },
	{ "enter a cgroup namespace", enter_cgroups, true },
	{ "enter its root", take_root, true },
	{ "mount '/dev/shm'", mount_shm, false },
	{ "set its host name", name_host, false },
	{ "cover the host's kernel", cover_kernel, true },
	{ "lock the mounts", cover_lock, true },
	{ "set limits", set_limits, true },
	{ "let users ping without raw sockets", let_users_ping, false },
	{ "make a terminal", make_terminal, false },
	{ "drop capabilities", drop_capabilities, false },
	{ "refuse set-user-ID files", refuse_set_id, false },
	{ "load the system call filter", load_filter, false },
};

static int become_user(void)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	uint64_t uid, gid, group;
	gid_t groups[1024];
	size_t n = 0;

	strv_split(&names, fields[ORDER_GROUPS], ",");
	for (size_t i = 0; i < names.n && n < ARRAY_SIZE(groups); i++)
		if (parse_u64(names.v[i], UINT32_MAX - 1, &group) == 0)
			groups[n++] = (gid_t)group;
	if (parse_u64(fields[ORDER_UID], UINT32_MAX - 1, &uid) < 0 ||
	    parse_u64(fields[ORDER_GID], UINT32_MAX - 1, &gid) < 0)
		return -EBADMSG;
	if (slave >= 0 && (fchown(slave, (uid_t)uid, (gid_t)-1) < 0 || fchmod(slave, 0620) < 0))
		return -errno;
	return setgroups(n, groups) < 0 || setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) < 0 ||
			       setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0
		       ? -errno
		       : 0;
}

static int place_streams(void)
{
	for (int i = 0; i < 3; i++)
		if (dup2(terminal ? slave : fds[START_INPUT + i], i) < 0)
			return -errno;
	return terminal && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

static int enter_directory(void)
{
	_cleanup_(closep) int fd = open(fields[ORDER_CWD], O_PATH | O_DIRECTORY | O_CLOEXEC), other = -1;
	int r = fd < 0 || fchdir(fd) < 0 ? -errno : 0;

	if (r == 0 || !*fields[ORDER_OR_CWD])
		return r;
	other = open(fields[ORDER_OR_CWD], O_PATH | O_DIRECTORY | O_CLOEXEC);
	return other < 0 || fchdir(other) < 0 ? -errno : 0;
}

/* Runs in the child. Returns only if the command cannot be run. */
static int run_command(void)
{
	static const struct {
		const char *what;
		int (*run)(void);
		int status; /* if it fails */
	} preparations[] = {
		{ "become its user", become_user, STATUS_FAILED },
		{ "use its streams", place_streams, STATUS_FAILED },
		{ "enter its directory", enter_directory, STATUS_NOT_RUN },
	};
	_cleanup_(freep) char *text = NULL;
	sigset_t none;
	int r;

	setsid();
	for (size_t i = 0; i < ARRAY_SIZE(preparations); i++) {
		r = preparations[i].run();
		if (r < 0)
			return fail(preparations[i].status, preparations[i].what, r);
	}
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	environ = environment;
	execvp(words[0], words);
	r = -errno;
	text = xasprintf("run '%s'", words[0]);
	return fail(r == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN, text, r);
}

/* Returns 1 if the command has ended, 0 if only other processes have. */
static int reap(pid_t command)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		_cleanup_(freep) char *text = NULL;

		if (pid != command)
			continue;
		text = xasprintf(SANDBOX_ENDED "%d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		tell(text);
		return 1;
	}
	return 0;
}

/* A message of the host. Returns 1 if there will be none any more. */
static int hear(pid_t command)
{
	char text[SANDBOX_MESSAGE];
	int n = sys_recv(SANDBOX_SOCKET, text, sizeof(text) - 1, MSG_DONTWAIT);
	const char *number;
	uint64_t signal;

	if (n <= 0)
		return n != -EAGAIN && n != -EINTR;
	text[n] = '\0';
	number = skip_prefix(text, SANDBOX_SIGNAL);
	if (!number || parse_u64(number, NSIG - 1, &signal) < 0)
		return 0;
	if (kill(-command, (int)signal) < 0)
		kill(command, (int)signal); /* it has no session yet */
	if (signal == SIGTERM || signal == SIGHUP)
		kill(-command, SIGCONT);
	return 0;
}

static int attend(pid_t command, int children)
{
	struct signalfd_siginfo info;
	int r = 0;

	while (r == 0) {
		struct pollfd p[] = { { .fd = SANDBOX_SOCKET, .events = POLLIN },
				      { .fd = children, .events = POLLIN } };

		if (poll(p, ARRAY_SIZE(p), -1) < 0)
			continue;
		if (p[1].revents && read(children, &info, sizeof(info)) > 0)
			r = reap(command);
		if (r == 0 && p[0].revents)
			r = hear(command);
	}
	return 0;
}

/* The argument SANDBOX_TERMINAL asks for a terminal; SANDBOX_GUEST says that guest-init has made the root. */
int main(int argc, char **argv)
{
	sigset_t chld;
	int children;
	pid_t command;

	log_begin();
	umask(022);
	for (int i = 1; i < argc; i++) {
		terminal = terminal || strcmp(argv[i], SANDBOX_TERMINAL) == 0;
		guest = guest || strcmp(argv[i], SANDBOX_GUEST) == 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r = guest && steps[i].shared ? 0 : steps[i].run();

		if (r < 0)
			return fail(STATUS_FAILED, steps[i].what, r);
	}
	prctl(PR_SET_DUMPABLE, 0);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	children = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	command = children < 0 ? -1 : fork();
	if (command < 0)
		return fail(STATUS_FAILED, "make a process", -errno);
	if (command == 0)
		_exit(run_command());
	for (size_t i = START_INPUT; i < START_FDS; i++) /* they must end with the command */
		closep(&fds[i]);
	closep(&slave);
	return attend(command, children);
}
