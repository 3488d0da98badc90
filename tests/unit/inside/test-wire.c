/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The conversation between a virtual machine and its host: both ends, in one process. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "inside/sandbox-init.h"
#include "inside/wire.h"

struct talk {
	struct wire host, guest;
	int control, streams[WIRE_STREAMS];		/* what the command's side has of the host */
	int guest_control, guest_streams[WIRE_STREAMS]; /* what sandbox-init has of the machine */
};

static void make_pipe(bool to_wire, int *ret_wire, int *ret_other)
{
	int ends[2];

	CHECK_INT(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	*ret_wire = ends[!to_wire];
	*ret_other = ends[to_wire];
}

static void begin(struct talk *t)
{
	int channel[2], control[2], guest_control[2], streams[WIRE_STREAMS], guest_streams[WIRE_STREAMS];

	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, channel), 0);
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), 0);
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, guest_control), 0);
	for (int i = 0; i < WIRE_STREAMS; i++) {
		make_pipe(i == STDIN_FILENO, &streams[i], &t->streams[i]);
		make_pipe(i != STDIN_FILENO, &guest_streams[i], &t->guest_streams[i]);
	}
	t->control = control[1];
	t->guest_control = guest_control[1];
	wire_init(&t->host, false, channel[0], control[0], streams);
	wire_init(&t->guest, true, channel[1], guest_control[0], guest_streams);
}

static void end(struct talk *t)
{
	closep(&t->host.channel);
	closep(&t->guest.channel);
	wire_done(&t->host);
	wire_done(&t->guest);
	closep(&t->control);
	closep(&t->guest_control);
	for (int i = 0; i < WIRE_STREAMS; i++) {
		closep(&t->streams[i]);
		closep(&t->guest_streams[i]);
	}
}

static int step_one(struct wire *w)
{
	struct pollfd fds[WIRE_FDS];

	wire_poll(w, fds);
	return poll(fds, WIRE_FDS, 0) > 0 ? wire_step(w, fds) : 0;
}

static int step(struct talk *t)
{
	return step_one(&t->host) | step_one(&t->guest);
}

/* Whether control end 'fd' has got this message. */
static bool hears(int fd, const char *message)
{
	char text[SANDBOX_MESSAGE];
	int n = sys_recv(fd, text, sizeof(text), MSG_DONTWAIT);

	return n > 0 && strcmp(text, message) == 0;
}

static void close_one(int *fd)
{
	closep(fd);
	*fd = -1;
}

static size_t write_some(int fd, size_t at, size_t size)
{
	static char data[4096];
	size_t n = size - at < sizeof(data) ? size - at : sizeof(data);
	ssize_t written;

	for (size_t i = 0; i < n; i++)
		data[i] = (char)((at + i) * 31 % 251);
	written = write(fd, data, n);
	return written > 0 ? (size_t)written : 0;
}

/* Checks what comes; returns how much it was. */
static size_t read_some(int fd, size_t at)
{
	static char data[4096];
	ssize_t n = read(fd, data, sizeof(data));

	for (ssize_t i = 0; i < n; i++)
		if (data[i] != (char)((at + (size_t)i) * 31 % 251)) {
			CHECK_INT(i, -1);
			break;
		}
	return n > 0 ? (size_t)n : 0;
}

/* Sends 'size' bytes from one descriptor to another, unless that takes too many steps. */
static size_t carry(struct talk *t, int from, int to, size_t size)
{
	size_t sent = 0, got = 0;

	for (int i = 0; i < 100000 && got < size; i++) {
		sent += write_some(from, sent, size);
		CHECK_INT(step(t), 0);
		got += read_some(to, got);
	}
	return got;
}

TEST(streams_arrive)
{
	struct talk t;

	begin(&t);
	CHECK_INT(carry(&t, t.streams[0], t.guest_streams[0], 3 << 20), 3 << 20);
	CHECK_INT(carry(&t, t.guest_streams[1], t.streams[1], 3 << 20), 3 << 20);
	CHECK_INT(carry(&t, t.guest_streams[2], t.streams[2], 3 << 20), 3 << 20);
	end(&t);
}

TEST(the_end_of_input_arrives_after_it)
{
	struct talk t;
	char c = 'x';

	begin(&t);
	CHECK_INT(write(t.streams[0], "x", 1), 1);
	close_one(&t.streams[0]);
	for (int i = 0; i < 10; i++)
		CHECK_INT(step(&t), 0);
	CHECK_INT(read(t.guest_streams[0], &c, 1), 1);
	CHECK_INT(read(t.guest_streams[0], &c, 1), 0);
	end(&t);
}

TEST(a_stream_that_nobody_reads_stops_no_other)
{
	struct talk t;
	size_t sent = 0;

	begin(&t);
	for (int i = 0; i < 10000; i++) {
		sent += write_some(t.guest_streams[1], sent, 100 << 20);
		CHECK_INT(step(&t), 0);
	}
	CHECK(sent < 2 << 20);
	CHECK_INT(carry(&t, t.guest_streams[2], t.streams[2], 1 << 20), 1 << 20);
	CHECK_INT(carry(&t, t.streams[0], t.guest_streams[0], 1 << 20), 1 << 20);
	end(&t);
}

TEST(a_reader_that_is_gone_is_told)
{
	struct talk t;

	begin(&t);
	close_one(&t.streams[1]);
	CHECK_INT(write(t.guest_streams[1], "x", 1), 1);
	for (int i = 0; i < 10; i++)
		CHECK_INT(step(&t), 0);
	CHECK(write(t.guest_streams[1], "x", 1) < 0);
	end(&t);
}

TEST(the_status_arrives_after_all_output)
{
	struct talk t;
	size_t got = 0;

	begin(&t);
	CHECK_INT(write_some(t.guest_streams[1], 0, 4096), 4096);
	CHECK(sys_send(t.guest_control, SANDBOX_ENDED "7", sizeof(SANDBOX_ENDED "7"), 0) > 0);
	close_one(&t.guest_control);
	for (int i = 0; i < 1000 && got < 4096; i++) {
		CHECK(!hears(t.control, SANDBOX_ENDED "7"));
		CHECK_INT(step(&t), 0);
		got += read_some(t.streams[1], got);
	}
	for (int i = 0; i < 10; i++)
		CHECK_INT(step(&t), 0);
	CHECK(hears(t.control, SANDBOX_ENDED "7"));
	end(&t);
}

TEST(an_end_without_a_status_is_a_failure)
{
	struct talk t;

	begin(&t);
	close_one(&t.guest_control);
	for (int i = 0; i < 10; i++)
		CHECK_INT(step(&t), 0);
	CHECK(hears(t.control, SANDBOX_FAILED "125 ended without a status"));
	end(&t);
}

TEST(signals_do_not_wait_for_input)
{
	struct talk t;
	size_t sent = 0;

	begin(&t);
	for (int i = 0; i < 10000; i++) {
		sent += write_some(t.streams[0], sent, 100 << 20);
		CHECK_INT(step(&t), 0);
	}
	CHECK(sys_send(t.control, SANDBOX_SIGNAL "15", sizeof(SANDBOX_SIGNAL "15"), 0) > 0);
	for (int i = 0; i < 10; i++)
		CHECK_INT(step(&t), 0);
	CHECK(hears(t.guest_control, SANDBOX_SIGNAL "15"));
	end(&t);
}

TEST(a_signal_ends_a_machine_that_has_not_said_anything)
{
	struct talk t;

	begin(&t);
	CHECK(sys_send(t.control, SANDBOX_SIGNAL "15", sizeof(SANDBOX_SIGNAL "15"), 0) > 0);
	CHECK_INT(step_one(&t.host), 1);
	CHECK(hears(t.control, SANDBOX_FAILED "125 was ended by a signal before the command was started"));
	end(&t);
}

TEST(a_signal_while_the_status_waits_does_not_lose_it)
{
	struct talk t;
	size_t sent = 0, got = 0;

	begin(&t);
	for (int i = 0; i < 10000; i++) {
		sent += write_some(t.guest_streams[1], sent, 100 << 20);
		CHECK_INT(step(&t), 0);
	}
	CHECK(sys_send(t.guest_control, SANDBOX_ENDED "7", sizeof(SANDBOX_ENDED "7"), 0) > 0);
	CHECK_INT(step(&t), 0);
	CHECK(sys_send(t.control, SANDBOX_SIGNAL "15", sizeof(SANDBOX_SIGNAL "15"), 0) > 0);
	for (int i = 0; i < 100000 && got < sent; i++) {
		CHECK_INT(step(&t), 0);
		got += read_some(t.streams[1], got);
	}
	for (int i = 0; i < 10; i++)
		CHECK_INT(step(&t), 0);
	CHECK_INT((long long)got, (long long)sent);
	CHECK(hears(t.control, SANDBOX_ENDED "7"));
	end(&t);
}

TEST(a_second_message_at_once_does_not_lose_the_first)
{
	static const char *const messages[] = { SANDBOX_ENDED "7", SANDBOX_ENDED "8" };
	unsigned char frames[64] = { 0 };
	size_t n = 0;
	struct talk t;

	begin(&t);
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		frames[n] = WIRE_MESSAGE;
		frames[n + 4] = (unsigned char)strlen(messages[i]);
		memcpy(frames + n + 8, messages[i], strlen(messages[i]));
		n += 8 + strlen(messages[i]);
	}
	CHECK_INT(write(t.guest.channel, frames, n), (long long)n);
	CHECK_INT(step_one(&t.host), 1);
	CHECK(hears(t.control, SANDBOX_ENDED "7"));
	CHECK(!hears(t.control, SANDBOX_ENDED "8"));
	end(&t);
}

TEST(the_end_of_the_command_ends_the_conversation)
{
	struct talk t;

	begin(&t);
	close_one(&t.control);
	CHECK_INT(step_one(&t.host), 1);
	end(&t);
}

TEST(the_first_frame_arrives_whole)
{
	_cleanup_(freep) char *text = NULL;
	static const char order[] = "own 755 /home\0\0name";
	size_t length = 0;
	int ends[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_INT(wire_send(ends[0], WIRE_BEGIN, order, sizeof(order)), 0);
	CHECK_INT(wire_receive(ends[1], &text, &length), 0);
	CHECK_INT(length, sizeof(order));
	CHECK(text && memcmp(text, order, sizeof(order)) == 0);
	CHECK_INT(wire_send(ends[0], WIRE_MESSAGE, "x", 1), 0);
	CHECK_INT(wire_receive(ends[1], &text, &length), -EBADMSG);
	close(ends[0]);
	close(ends[1]);
}

/* What root in the machine may send instead. */
static int after(enum wire_kind kind, unsigned int stream, const void *data, size_t length, int times)
{
	struct talk t;
	int r = 0;

	begin(&t);
	for (int i = 0; r == 0 && i < times; i++) {
		unsigned char header[8] = {
			(unsigned char)kind,	      (unsigned char)stream,	     0, 0, (unsigned char)length,
			(unsigned char)(length >> 8), (unsigned char)(length >> 16), 0
		};

		CHECK_INT(write(t.guest.channel, header, sizeof(header)), sizeof(header));
		if (length <= 16384)
			CHECK_INT(write(t.guest.channel, data, length), (long long)length);
		r |= step_one(&t.host) | step_one(&t.host);
	}
	end(&t);
	return r;
}

TEST(forged_frames_end_the_conversation)
{
	static const char data[16384];

	CHECK_INT(after(WIRE_DATA, 1, data, sizeof(data), 3), 0); /* a control: this is allowed */
	CHECK_INT(after(WIRE_DATA, 0, data, 1, 1), 1);
	CHECK_INT(after(WIRE_DATA, 3, data, 1, 1), 1);
	CHECK_INT(after(WIRE_DATA, 1, data, 1 << 20, 1), 1);
	CHECK_INT(after(WIRE_DATA, 1, data, sizeof(data), 40), 1); /* more than the window, and nobody reads */
	CHECK_INT(after(WIRE_END, 0, data, 0, 1), 1);
	CHECK_INT(after(WIRE_GONE, 1, data, 0, 1), 1);
	CHECK_INT(after(WIRE_ROOM, 0, "\xff\xff\xff\xff", 4, 1), 1);
	CHECK_INT(after(WIRE_ROOM, 0, data, 3, 1), 1);
	CHECK_INT(after(WIRE_SIZE, 0, data, 4, 1), 1);
	CHECK_INT(after(WIRE_BEGIN, 0, data, 4, 1), 1);
	CHECK_INT(after(WIRE_KINDS, 0, data, 4, 1), 1);
	CHECK_INT(after(WIRE_MESSAGE, 0, data, SANDBOX_MESSAGE, 1), 1);
	CHECK_INT(after(WIRE_MESSAGE, 0, SANDBOX_ENDED "0", 7, 2), 1);
}

TEST_MAIN
