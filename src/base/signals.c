/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns signals that ask us to end into events: they are blocked, and read from a descriptor, while we wait for
 * something else. */
#include "base/signals.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

int signals_begin(struct signals *ret)
{
	sigset_t set, before;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++) {
		struct sigaction now;

		/* A signal that nohup(1) or a shell's '&' made us ignore stays ignored. */
		if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, &before);
	*ret = (struct signals){ .fd = fd, .before = before };
	return 0;
}

void signals_done(struct signals *signals)
{
	if (signals->fd < 0)
		return;
	close(signals->fd);
	signals->fd = -1;
	sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

int signals_take(struct signals *signals)
{
	struct signalfd_siginfo info;

	return read(signals->fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

int signals_pending(void)
{
	sigset_t set;

	sigpending(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (sigismember(&set, ending[i]))
			return ending[i];
	return 0;
}

void signals_die(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	sigaction(signal, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal);
}
