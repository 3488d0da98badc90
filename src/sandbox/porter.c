/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The porter of a virtual machine. It runs in the keeper, whose controlling terminal the one that it makes becomes, as
 * the kernel tells its size only to the processes of a terminal. */
#include "sandbox/porter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fdpass.h"
#include "base/log.h"
#include "inside/sandbox-init.h"
#include "inside/wire.h"

#define CONSOLE_MAX 4096       /* bytes that are kept */
#define LAST_WORDS_USEC 500000 /* for the console to say why the machine ended */

void porter_done(struct porter *p)
{
	closep(&p->socket);
	closep(&p->tree);
	closep(&p->order);
	for (int i = 0; i < WIRE_STREAMS; i++)
		closep(&p->streams[i]);
	*p = PORTER_INIT;
}

static int receive(struct porter *p, bool terminal)
{
	struct pollfd wait = { .fd = p->socket, .events = POLLIN };
	int fds[START_FDS] = { -1, -1, -1, -1, -1 }, r;
	char text[SANDBOX_MESSAGE];

	while (poll(&wait, 1, -1) < 0)
		if (errno != EINTR)
			return -errno;
	r = fdpass_receive(p->socket, text, sizeof(text), fds, terminal ? START_FDS_TERMINAL : START_FDS);
	if (r < 0)
		return -ECANCELED;
	p->order = fds[START_ORDER];
	p->tree = fds[START_TREE];
	for (int i = 0; i < WIRE_STREAMS; i++) {
		p->streams[i] = fds[START_INPUT + i];
		if (p->streams[i] >= 0 && fcntl(p->streams[i], F_SETFL, O_NONBLOCK) < 0)
			return -errno;
	}
	return 0;
}

/* The terminal passes on every byte as it is: the one in the machine is the command's. */
static int make_terminal(struct porter *p)
{
	_cleanup_(closep) int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), slave = -1;
	struct termios settings;
	int unlocked = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (slave < 0 || tcgetattr(slave, &settings) < 0)
		return -errno;
	cfmakeraw(&settings);
	if (tcsetattr(slave, TCSANOW, &settings) < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
		return -errno;
	p->streams[STDOUT_FILENO] = fcntl(slave, F_DUPFD_CLOEXEC, 0);
	p->streams[STDIN_FILENO] = steal_fd(&slave);
	return fdpass_send(p->socket, SANDBOX_TERMINAL, &master, 1);
}

int porter_begin(int socket, bool terminal, struct porter *ret)
{
	int r;

	*ret = PORTER_INIT;
	ret->socket = socket;
	r = receive(ret, terminal);
	if (r == 0 && terminal)
		r = make_terminal(ret);
	if (r < 0 && r != -ECANCELED)
		log_error_errno(r, "Cannot take the streams of the command: %m");
	return r;
}

/* So much fits into the channel that nothing waits for the machine to boot. */
int porter_send(const struct porter *p, int channel, const struct strv *places)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	int room = WIRE_ORDER_MAX;
	char part[4096];
	ssize_t n;

	(void)setsockopt(channel, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	for (size_t i = 0; i < places->n; i++)
		buf_add(&text, places->v[i], strlen(places->v[i]) + 1);
	buf_add(&text, "", 1);
	while ((n = read(p->order, part, sizeof(part))) > 0)
		buf_add(&text, part, (size_t)n);
	if (n < 0)
		return -errno;
	return text.len > WIRE_ORDER_MAX ? -E2BIG : wire_send(channel, WIRE_BEGIN, text.text, text.len);
}

/* Returns whether there may be more. */
static bool read_console(int console, struct buf *text)
{
	char part[1024];
	ssize_t n = read(console, part, sizeof(part));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	buf_add(text, part, (size_t)n);
	if (text->len > 2 * CONSOLE_MAX) {
		memmove(text->text, text->text + text->len - CONSOLE_MAX, CONSOLE_MAX);
		text->len = CONSOLE_MAX;
		text->text[text->len] = '\0';
	}
	return true;
}

static int watch_size(const struct porter *p)
{
	sigset_t set;

	if (!isatty(p->streams[STDIN_FILENO]))
		return -1;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void tell_size(struct wire *wire)
{
	struct winsize size;

	if (ioctl(wire->stream[STDIN_FILENO].fd, TIOCGWINSZ, &size) == 0)
		wire_resize(wire, size.ws_row, size.ws_col);
}

char *porter_carry(struct porter *p, int channel, int console, int alive)
{
	enum { CONSOLE = WIRE_FDS, ALIVE, RESIZED, ALL };
	_cleanup_(wire_done) struct wire wire;
	_cleanup_(closep) int resized = watch_size(p);
	struct buf text = { 0 };
	struct pollfd fds[ALL];
	struct signalfd_siginfo info;
	uint64_t until;

	wire_init(&wire, false, channel, p->socket, p->streams);
	*p = (struct porter){ -1, p->tree, p->order, { -1, -1, -1 } };
	if (resized >= 0)
		tell_size(&wire);
	do {
		wire_poll(&wire, fds);
		fds[CONSOLE] = (struct pollfd){ .fd = console, .events = POLLIN };
		fds[ALIVE] = (struct pollfd){ .fd = alive, .events = POLLIN };
		fds[RESIZED] = (struct pollfd){ .fd = resized, .events = POLLIN };
		if (poll(fds, ALL, -1) < 0)
			continue;
		if (fds[CONSOLE].revents && !read_console(console, &text))
			console = -1;
		if (fds[RESIZED].revents && read(resized, &info, sizeof(info)) > 0)
			tell_size(&wire);
		if (fds[ALIVE].revents)
			break;
	} while (wire_step(&wire, fds) == 0);
	/* The machine may still run, and write without end. */
	until = clock_usec() + LAST_WORDS_USEC;
	while (console >= 0 && clock_usec() < until && read_console(console, &text) && poll(&fds[CONSOLE], 1, 100) > 0)
		;
	return buf_steal(&text);
}
