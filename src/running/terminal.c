/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two terminals of a command. The administrator's is in raw mode as long as the command has the keyboard, and must
 * be restored whatever happens to this process. The other is a pseudoterminal of the container's own devpts, so that
 * the command has a terminal, but none of the host's. */
#include "running/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "running/leader.h"
#include "running/ns-open.h"

/* For the signal handler, which has no argument for it. */
static int raw_fd = -1;
static struct termios raw_before;

static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV };

/* Thanks to SA_RESETHAND, the signal that is raised again kills the process. */
static void on_fault(int signal)
{
	tcsetattr(raw_fd, TCSANOW, &raw_before);
	raise(signal);
}

static void catch_faults(bool on)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	if (on) {
		action.sa_handler = on_fault;
		action.sa_flags = (int)SA_RESETHAND;
	}
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		sigaction(faults[i], &action, NULL);
}

void terminal_copy_size(int from, int to)
{
	struct winsize size;

	if (ioctl(from, TIOCGWINSZ, &size) == 0)
		ioctl(to, TIOCSWINSZ, &size);
}

static int make_raw(int fd, struct termios *ret_before)
{
	struct termios raw;

	if (tcgetattr(fd, &raw) < 0)
		return -errno;
	*ret_before = raw_before = raw;
	raw_fd = fd;
	catch_faults(true);
	cfmakeraw(&raw);
	return tcsetattr(fd, TCSADRAIN, &raw) < 0 ? -errno : 0;
}

int terminal_begin(struct terminal *ret, int fd)
{
	struct terminal t = TERMINAL_INIT;
	sigset_t set;
	int r;

	if (!isatty(fd))
		return 0;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	t.resized = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t.resized < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, &t.mask);
	t.fd = fd;
	r = make_raw(fd, &t.before);
	if (r < 0)
		terminal_done(&t);
	else
		*ret = t;
	return r;
}

void terminal_done(struct terminal *t)
{
	if (t->fd < 0)
		return;
	tcsetattr(t->fd, TCSAFLUSH, &t->before);
	catch_faults(false);
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
	close(t->resized);
	*t = (struct terminal)TERMINAL_INIT;
}

void terminal_resize(struct terminal *t, int to)
{
	struct signalfd_siginfo info;

	while (read(t->resized, &info, sizeof(info)) == sizeof(info))
		;
	terminal_copy_size(t->fd, to);
}

/* Runs in the container, which may have replaced the multiplexer by anything; the caller refuses what is not a
 * pseudoterminal. */
static int open_multiplexer(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return master < 0 ? -errno : master;
}

/* The slave is opened through the master, because the container could replace a name. */
int pty_adopt(int master, struct pty *ret)
{
	struct pty pty = { .master = master };
	unsigned int number;
	int unlocked = 0;

	if (ioctl(master, TIOCGPTN, &number) < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	pty.slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty.slave < 0)
		return -errno;
	snprintf(pty.path, sizeof(pty.path), "/dev/pts/%u", number);
	*ret = pty;
	return 0;
}

int pty_open_in(int leader, struct pty *ret)
{
	_cleanup_(closep) int master = -1;
	int r = ns_open_in(leader, open_multiplexer, &master);

	if (r == 0)
		r = pty_adopt(master, ret);
	if (r == 0)
		steal_fd(&master);
	return r;
}

int pty_open(int root_fd, const char *name, struct pty *ret)
{
	pid_t pid;
	_cleanup_(closep) int leader = leader_open(root_fd, name, &pid);
	int r = leader < 0 ? leader : pty_open_in(leader, ret);

	if (r == -ESRCH) {
		log_error("Container '%s' is not running.", name);
		return r;
	}
	return r < 0 ? log_error_errno(r, "Cannot create a terminal in container '%s': %m", name) : 0;
}

void pty_done(struct pty *pty)
{
	closep(&pty->slave);
	closep(&pty->master);
	*pty = (struct pty)PTY_INIT;
}
