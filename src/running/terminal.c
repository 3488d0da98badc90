/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See terminal.h. */
#include "running/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* For the handler below, which can be told nothing. */
static int raw_fd = -1;
static struct termios raw_before;

static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV };

/* SA_RESETHAND: what follows kills the process as it would have. */
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
