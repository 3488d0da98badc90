/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal of the caller: raw mode, sizes, and its old settings. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "running/relay.h"
#include "running/terminal.h"

/* Both ends of a new pseudoterminal; false where there are none. */
static bool new_terminal(int *ret_master, int *ret_slave)
{
	*ret_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	*ret_slave = -1;
	if (*ret_master >= 0 && grantpt(*ret_master) == 0 && unlockpt(*ret_master) == 0)
		*ret_slave = open(ptsname(*ret_master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *ret_slave >= 0;
}

static bool is_raw(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0 && !(t.c_lflag & (ICANON | ECHO | ISIG)) && !(t.c_oflag & OPOST);
}

static bool same_settings(int fd, const struct termios *before)
{
	struct termios now;

	return tcgetattr(fd, &now) == 0 && now.c_lflag == before->c_lflag && now.c_iflag == before->c_iflag &&
	       now.c_oflag == before->c_oflag && now.c_cflag == before->c_cflag &&
	       memcmp(now.c_cc, before->c_cc, sizeof(now.c_cc)) == 0;
}

TEST(no_terminal)
{
	struct terminal t = TERMINAL_INIT;
	_cleanup_(closep) int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	CHECK_INT(terminal_begin(&t, null), 0);
	CHECK_INT(t.fd, -1);
	terminal_copy_size(null, null);
	terminal_done(&t);
	terminal_done(&t);
}

TEST(raw_and_back)
{
	_cleanup_(closep) int master = -1, slave = -1;
	struct terminal t = TERMINAL_INIT;
	struct termios before;
	int waiting = -1;

	if (!new_terminal(&master, &slave))
		SKIP("no pseudoterminals here");
	tcgetattr(slave, &before);
	CHECK_INT(terminal_begin(&t, slave), 0);
	CHECK(is_raw(slave));
	CHECK_INT(write(master, "typed ahead", 11), 11);
	terminal_done(&t);
	CHECK(same_settings(slave, &before));
	CHECK_INT(ioctl(slave, FIONREAD, &waiting), 0);
	CHECK_INT(waiting, 0);
	CHECK_INT(t.fd, -1);
}

/* Memory that is out ends the process by abort(3). */
TEST(back_after_abort)
{
	_cleanup_(closep) int master = -1, slave = -1;
	struct termios before;
	int status;
	pid_t pid;

	if (!new_terminal(&master, &slave))
		SKIP("no pseudoterminals here");
	tcgetattr(slave, &before);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		struct terminal t = TERMINAL_INIT;

		if (terminal_begin(&t, slave) == 0 && is_raw(slave))
			abort();
		_exit(1);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	CHECK(same_settings(slave, &before));
}

TEST(size)
{
	_cleanup_(closep) int master = -1, slave = -1, master2 = -1, slave2 = -1;
	struct winsize size = { .ws_row = 33, .ws_col = 99 };
	struct terminal t = TERMINAL_INIT;
	struct pollfd fd = { .events = POLLIN };

	if (!new_terminal(&master, &slave) || !new_terminal(&master2, &slave2))
		SKIP("no pseudoterminals here");
	ioctl(slave, TIOCSWINSZ, &size);
	CHECK_INT(terminal_begin(&t, slave), 0);
	fd.fd = t.resized;
	CHECK_INT(poll(&fd, 1, 0), 0);
	raise(SIGWINCH);
	CHECK_INT(poll(&fd, 1, 0), 1);
	terminal_resize(&t, master2);
	CHECK_INT(poll(&fd, 1, 0), 0);
	size = (struct winsize){ 0 };
	ioctl(slave2, TIOCGWINSZ, &size);
	CHECK_INT(size.ws_row, 33);
	CHECK_INT(size.ws_col, 99);
	terminal_done(&t);
}

/* A relay between 'in', 'out' and a pseudoterminal whose inner end is raw, so that bytes stay what they are. */
struct session {
	int master, slave, in[2], out;
	struct relay relay;
};

static bool session_begin(struct session *s)
{
	struct termios raw;
	int ours[RELAY_STREAMS];

	if (!new_terminal(&s->master, &s->slave))
		return false;
	tcgetattr(s->slave, &raw);
	cfmakeraw(&raw);
	tcsetattr(s->slave, TCSANOW, &raw);
	fcntl(s->master, F_SETFL, O_NONBLOCK);
	s->out = memfd_create("out", MFD_CLOEXEC);
	if (pipe2(s->in, O_CLOEXEC) < 0)
		abort();
	ours[0] = s->in[0];
	ours[1] = s->out;
	ours[2] = STDERR_FILENO;
	CHECK_INT(relay_open_terminal(&s->relay, ours, s->master), 0);
	return true;
}

static void session_done(struct session *s)
{
	relay_done(&s->relay);
	closep(&s->master);
	closep(&s->slave);
	closep(&s->in[0]);
	closep(&s->in[1]);
	closep(&s->out);
}

/* Until nothing has come for a while. */
static void carry(struct session *s)
{
	struct pollfd fds[RELAY_STREAMS];

	for (relay_poll(&s->relay, fds); poll(fds, RELAY_STREAMS, 100) > 0; relay_poll(&s->relay, fds))
		relay_step(&s->relay, fds);
}

static const char *take(int fd)
{
	static char text[256];
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

TEST(keys_and_screen)
{
	struct session s = { .in = { -1, -1 } };
	char screen[16] = "";

	if (!session_begin(&s))
		SKIP("no pseudoterminals here");
	CHECK_INT(write(s.in[1], "\003\033[A\004x", 6), 6);
	CHECK_INT(write(s.slave, "\033[2J", 4), 4);
	carry(&s);
	CHECK_STR(take(s.slave), "\003\033[A\004x");
	CHECK_INT(pread(s.out, screen, sizeof(screen) - 1, 0), 4);
	CHECK_STR(screen, "\033[2J");
	CHECK(!s.relay.left);
	session_done(&s);
}

TEST(escape_leaves)
{
	struct session s = { .in = { -1, -1 } };

	if (!session_begin(&s))
		SKIP("no pseudoterminals here");
	CHECK_INT(write(s.in[1], "before\035after", 12), 12);
	carry(&s);
	CHECK(s.relay.left);
	CHECK_STR(take(s.slave), "before");
	session_done(&s);
}

TEST(input_ends)
{
	struct session s = { .in = { -1, -1 } };

	if (!session_begin(&s))
		SKIP("no pseudoterminals here");
	CHECK_INT(write(s.in[1], "last", 4), 4);
	closep(&s.in[1]);
	s.in[1] = -1;
	carry(&s);
	CHECK_STR(take(s.slave), "last\004\004");
	CHECK(!s.relay.left);
	session_done(&s);
}

/* More than the reader's half of a pseudoterminal holds, and its other end is open still. */
TEST(rest_of_the_screen)
{
	struct session s = { .in = { -1, -1 } };
	char data[1000];
	ssize_t total = 0, n;

	if (!session_begin(&s))
		SKIP("no pseudoterminals here");
	memset(data, 'x', sizeof(data));
	fcntl(s.slave, F_SETFL, O_NONBLOCK);
	while (total < 60000 && (n = write(s.slave, data, sizeof(data))) > 0)
		total += n;
	CHECK(total > 4096);
	relay_finish(&s.relay);
	CHECK_INT(lseek(s.out, 0, SEEK_END), total);
	session_done(&s);
}

TEST_MAIN
