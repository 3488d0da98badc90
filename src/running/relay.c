/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries standard input, output and error between us and a process in a container. Each stream has one buffer and
 * waits for one thing: for input while the buffer is empty, otherwise for room to write. So no stream can block
 * another, and none can make us buffer without limit.
 *
 * The caller's descriptors may be shared with other processes, so we do not make them non-blocking. poll(2) promises
 * that PIPE_BUF bytes can be written without blocking; no write is larger than that. */
#include "running/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "selinux/selinux.h"

#define BUFFER_SIZE (64 * 1024)
#define LEFT_MAX (128 * 1024) /* more than a pipe or a pseudoterminal holds */

static bool is_input(const struct relay *relay, const struct relay_stream *s)
{
	return s == &relay->stream[STDIN_FILENO];
}

static void stream_close(struct relay_stream *s)
{
	closep(&s->pipe);
	s->pipe = -1;
}

static int stream_open(struct relay_stream *s, int *inside, bool input, uid_t owner, const char *dir, const char *label)
{
	_cleanup_(closep) int read_end = -1, write_end = -1;
	int fds[2];
	int r = selinux_pipe(dir, label, fds);

	if (r < 0)
		return r;
	read_end = fds[0];
	write_end = fds[1];
	if (fchown(read_end, owner, owner) < 0)
		return -errno;
	if (fcntl(input ? write_end : read_end, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	s->pipe = steal_fd(input ? &write_end : &read_end);
	*inside = steal_fd(input ? &read_end : &write_end);
	s->data = xcalloc(BUFFER_SIZE, 1);
	return 0;
}

static void streams_init(struct relay *relay, const int ours[RELAY_STREAMS])
{
	*relay = (struct relay){ 0 };
	for (int i = 0; i < RELAY_STREAMS; i++) {
		relay->stream[i] = (struct relay_stream){ .ours = ours[i], .pipe = -1 };
		relay->inside[i] = -1;
	}
}

int relay_open(struct relay *relay, const int ours[RELAY_STREAMS], uid_t owner, const char *dir, const char *label)
{
	streams_init(relay, ours);
	for (int i = 0; i < RELAY_STREAMS; i++) {
		int r = stream_open(&relay->stream[i], &relay->inside[i], i == STDIN_FILENO, owner, dir, label);

		if (r < 0) {
			relay_done(relay);
			return r;
		}
	}
	if (ours[STDIN_FILENO] < 0)
		stream_close(&relay->stream[STDIN_FILENO]);
	return 0;
}

int relay_open_terminal(struct relay *relay, const int ours[RELAY_STREAMS], int master)
{
	streams_init(relay, ours);
	relay->terminal = true;
	for (int i = STDIN_FILENO; i <= STDOUT_FILENO; i++) {
		struct relay_stream *s = &relay->stream[i];

		s->pipe = fcntl(master, F_DUPFD_CLOEXEC, 0);
		s->data = xcalloc(BUFFER_SIZE, 1);
		if (s->pipe < 0) {
			int r = -errno;

			relay_done(relay);
			return r;
		}
	}
	return 0;
}

void relay_close_inside(struct relay *relay)
{
	for (int i = 0; i < RELAY_STREAMS; i++) {
		closep(&relay->inside[i]);
		relay->inside[i] = -1;
	}
}

void relay_done(struct relay *relay)
{
	relay_close_inside(relay);
	for (int i = 0; i < RELAY_STREAMS; i++) {
		stream_close(&relay->stream[i]);
		freep(&relay->stream[i].data);
		relay->stream[i].data = NULL;
	}
}

void relay_poll(const struct relay *relay, struct pollfd fds[RELAY_STREAMS])
{
	for (int i = 0; i < RELAY_STREAMS; i++) {
		const struct relay_stream *s = &relay->stream[i];
		bool reading = s->at == s->end;

		fds[i] = (struct pollfd){ .fd = -1 };
		if (s->pipe < 0)
			continue;
		fds[i].fd = reading == is_input(relay, s) ? s->ours : s->pipe;
		fds[i].events = reading ? POLLIN : POLLOUT;
	}
}

static void look_at_keys(struct relay *relay, struct relay_stream *s)
{
	static const char end[] = { 0x04, 0x04 };
	const char *escape = relay->no_escape ? NULL : memchr(s->data, RELAY_ESCAPE, s->end);

	if (s->end == 0) {
		memcpy(s->data, end, sizeof(end));
		s->end = sizeof(end);
		s->ours = -1;
	}
	if (escape) {
		s->end = (size_t)(escape - s->data);
		relay->left = true;
	}
}

static void stream_read(struct relay *relay, struct relay_stream *s)
{
	char raw[BUFFER_SIZE / 4 - UTF8_MAX];
	bool input = is_input(relay, s), filtered = relay->filtered && !input;
	ssize_t n = read(input ? s->ours : s->pipe, filtered ? raw : s->data, filtered ? sizeof(raw) : BUFFER_SIZE);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	s->at = 0;
	s->end = n > 0 ? (size_t)n : 0;
	if (filtered)
		s->end = n > 0 ? terminal_filter(&s->filter, raw, (size_t)n, s->data)
			       : terminal_filter_end(&s->filter, s->data);
	if (relay->terminal && input) {
		look_at_keys(relay, s);
		return;
	}
	/* An input that cannot be read, such as a closed descriptor or a directory, counts as ended. */
	if (n <= 0 && s->end == 0)
		stream_close(s);
}

static void stream_write(struct relay *relay, struct relay_stream *s)
{
	size_t left = s->end - s->at;
	ssize_t n = write(is_input(relay, s) ? s->pipe : s->ours, s->data + s->at, left < PIPE_BUF ? left : PIPE_BUF);

	if (n >= 0) {
		s->at += (size_t)n;
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	/* Closing our end tells the process what it would learn without us in between. EPIPE means that the reader is
	 * gone; EPERM, that the caller has sealed the size of a memory file. */
	if (errno != EPIPE && errno != EPERM && !is_input(relay, s) && relay->error == 0)
		relay->error = -errno;
	s->at = s->end = 0;
	stream_close(s);
}

static void stream_step(struct relay *relay, struct relay_stream *s)
{
	if (s->at < s->end)
		stream_write(relay, s);
	else
		stream_read(relay, s);
}

void relay_step(struct relay *relay, const struct pollfd fds[RELAY_STREAMS])
{
	for (int i = 0; i < RELAY_STREAMS; i++)
		if (fds[i].fd >= 0 && fds[i].revents)
			stream_step(relay, &relay->stream[i]);
}

static bool can(int fd, short what, int timeout)
{
	struct pollfd p = { .fd = fd, .events = what };

	return poll(&p, 1, timeout) > 0;
}

static void stream_finish(struct relay *relay, struct relay_stream *s)
{
	size_t carried = 0;

	while (s->pipe >= 0) {
		if (s->at < s->end) {
			can(s->ours, POLLOUT, -1);
			stream_write(relay, s);
		} else if (carried <= LEFT_MAX && can(s->pipe, POLLIN, 0)) {
			stream_read(relay, s);
			carried += s->end + 1;
		} else {
			s->at = 0;
			s->end = terminal_filter_end(&s->filter, s->data);
			if (s->end == 0)
				return;
		}
	}
}

void relay_finish(struct relay *relay)
{
	stream_close(&relay->stream[STDIN_FILENO]);
	for (int i = STDOUT_FILENO; i < RELAY_STREAMS; i++)
		stream_finish(relay, &relay->stream[i]);
}
