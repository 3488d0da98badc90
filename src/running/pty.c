/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See tty.h. The container may have put anything in the multiplexer's place, so nothing is taken from it that is no
 * pseudoterminal. */
#include "running/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "running/ns-open.h"

static int open_multiplexer(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return master < 0 ? -errno : master;
}

/* The other end comes from the first, by no name that the container could play with. */
static int complete(struct tty *tty)
{
	unsigned int number;
	int unlocked = 0;

	if (ioctl(tty->master, TIOCGPTN, &number) < 0 || ioctl(tty->master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	tty->slave = ioctl(tty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty->slave < 0)
		return -errno;
	snprintf(tty->path, sizeof(tty->path), "/dev/pts/%u", number);
	return 0;
}

int tty_open(int root_fd, const char *name, struct tty *ret)
{
	_cleanup_(tty_done) struct tty tty = TTY_INIT;
	int r = visit(root_fd, name, open_multiplexer, &tty.master);

	if (r == 0)
		r = complete(&tty);
	if (r == -ESRCH) {
		log_error("Container '%s' is not running.", name);
		return r;
	}
	if (r < 0)
		return log_error_errno(r, "Cannot make a terminal in container '%s': %m", name);
	*ret = tty;
	tty = (struct tty)TTY_INIT;
	return 0;
}

void tty_done(struct tty *tty)
{
	closep(&tty->slave);
	closep(&tty->master);
	*tty = (struct tty)TTY_INIT;
}
