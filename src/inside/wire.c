/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that comes in is used at once: data goes to the buffer of its stream, which has room for the whole window,
 * so the channel never waits for a stream. Everything that goes out is put together in one buffer; streams are read
 * only if it has room for what they may give. */
#include "inside/wire.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "inside/sandbox-init.h"

#define WINDOW (256 * 1024)   /* bytes of a stream that are under way */
#define OUT_SIZE (64 * 1024)  /* bytes */
#define PART (16 * 1024)      /* bytes of a stream in a frame, at most */
#define NOTES 256	      /* bytes that data leave free for frames without data */
#define LEFT_MAX (128 * 1024) /* bytes; more than a pipe or a pseudoterminal holds */
#define FRAME_MAX (PART + SANDBOX_MESSAGE)
#define UNHEARD SANDBOX_FAILED "125 was ended by a signal before the command was started"

struct header {
	uint8_t kind, stream;
	uint16_t unused;
	uint32_t length; /* little-endian, as all numbers in frames */
};

static size_t out_room(const struct wire *w)
{
	return OUT_SIZE - (w->out_end - w->out_at);
}

/* To be called only if there is room. */
static void put(struct wire *w, enum wire_kind kind, int stream, const void *data, size_t length)
{
	struct header h = { .kind = (uint8_t)kind, .stream = (uint8_t)stream, .length = htole32((uint32_t)length) };

	if (w->out_end + sizeof(h) + length > OUT_SIZE) {
		memmove(w->out, w->out + w->out_at, w->out_end - w->out_at);
		w->out_end -= w->out_at;
		w->out_at = 0;
	}
	memcpy(w->out + w->out_end, &h, sizeof(h));
	if (length)
		memcpy(w->out + w->out_end + sizeof(h), data, length);
	w->out_end += sizeof(h) + length;
}

void wire_init(struct wire *w, bool inside, int channel, int control, const int streams[WIRE_STREAMS])
{
	*w = (struct wire){ .channel = channel, .control = control, .inside = inside };
	w->out = xcalloc(OUT_SIZE, 1);
	w->in = xcalloc(FRAME_MAX, 1);
	for (int i = 0; i < WIRE_STREAMS; i++) {
		bool source = (i == STDIN_FILENO) != inside;

		w->stream[i] = (struct wire_stream){
			.fd = streams[i],
			.source = source,
			.tell = source && streams[i] < 0,
			.room = source ? WINDOW : 0,
		};
		if (!source)
			w->stream[i].data = xcalloc(WINDOW, 1);
	}
	if (inside) /* the first word */
		put(w, WIRE_ROOM, STDIN_FILENO, "\0\0\0", 4);
}

void wire_done(struct wire *w)
{
	for (int i = 0; i < WIRE_STREAMS; i++) {
		closep(&w->stream[i].fd);
		free(w->stream[i].data);
	}
	closep(&w->control);
	free(w->out);
	free(w->in);
	free(w->held);
	*w = (struct wire){ .channel = -1, .control = -1, .stream = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 } } };
}

static bool may_read(const struct wire *w, const struct wire_stream *s)
{
	return s->source && s->fd >= 0 && s->room > 0 && out_room(w) >= PART + sizeof(struct header) + NOTES &&
	       w->carried < LEFT_MAX;
}

static bool may_hear(const struct wire *w)
{
	return w->control >= 0 && !w->held && !(w->inside && w->told) &&
	       out_room(w) >= SANDBOX_MESSAGE + sizeof(struct header) + NOTES;
}

void wire_poll(const struct wire *w, struct pollfd fds[WIRE_FDS])
{
	for (int i = 0; i < WIRE_STREAMS; i++) {
		const struct wire_stream *s = &w->stream[i];

		fds[i] = (struct pollfd){ .fd = -1 };
		if (may_read(w, s))
			fds[i] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
		else if (!s->source && s->at < s->end)
			fds[i] = (struct pollfd){ .fd = s->fd, .events = POLLOUT };
	}
	fds[WIRE_STREAMS] = (struct pollfd){ .fd = may_hear(w) ? w->control : -1, .events = POLLIN };
	fds[WIRE_STREAMS + 1] = (struct pollfd){
		.fd = w->channel,
		.events = w->out_at < w->out_end ? POLLIN | POLLOUT : POLLIN,
	};
}

static void stream_close(struct wire_stream *s)
{
	closep(&s->fd);
	s->fd = -1;
	s->at = s->end = 0;
	s->tell = true;
}

static void stream_read(struct wire *w, int i)
{
	struct wire_stream *s = &w->stream[i];
	char part[PART];
	ssize_t n = read(s->fd, part, s->room < PART ? s->room : PART);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) { /* a terminal that nobody has open any more fails */
		stream_close(s);
		return;
	}
	s->room -= (uint32_t)n;
	w->carried += w->held ? (size_t)n : 0;
	put(w, WIRE_DATA, i, part, (size_t)n);
}

static void stream_write(struct wire_stream *s)
{
	ssize_t n = write(s->fd, s->data + s->at, s->end - s->at);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		stream_close(s);
		return;
	}
	s->at += (size_t)n;
	s->room += (uint32_t)n;
	if (s->at < s->end)
		return;
	s->at = s->end = 0;
	if (s->ended)
		stream_close(s);
}

/* What the other end has to know about a stream, as far as there is room to say it. */
static void put_notes(struct wire *w)
{
	for (int i = 0; i < WIRE_STREAMS && out_room(w) >= NOTES; i++) {
		struct wire_stream *s = &w->stream[i];
		uint32_t room = htole32(s->room);

		if (s->tell) {
			put(w, s->source ? WIRE_END : WIRE_GONE, i, NULL, 0);
			s->tell = false;
		} else if (!s->source && s->fd >= 0 && s->room >= WINDOW / 4) {
			put(w, WIRE_ROOM, i, &room, sizeof(room));
			s->room = 0;
		}
	}
}

/* --- what comes ------------------------------------------------------------------------------------------ */

static bool hold_message(struct wire *w, const char *text, size_t length)
{
	_cleanup_(freep) char *copy = xstrndup(text, length);

	if (length >= SANDBOX_MESSAGE)
		return false;
	if (w->inside) { /* if the command has ended meanwhile, its status is on its way */
		sys_send(w->control, copy, strlen(copy) + 1, MSG_NOSIGNAL);
		return true;
	}
	if (w->told || w->held)
		return false;
	w->held = steal_ptr(copy);
	return true;
}

static bool take_data(struct wire_stream *s, const char *data, size_t length)
{
	if (s->source || length > WINDOW - (s->end - s->at))
		return false;
	if (s->fd < 0)
		return true; /* the other end does not know yet */
	if (s->end + length > WINDOW) {
		memmove(s->data, s->data + s->at, s->end - s->at);
		s->end -= s->at;
		s->at = 0;
	}
	memcpy(s->data + s->end, data, length);
	s->end += length;
	return true;
}

static bool take_end(struct wire_stream *s)
{
	if (s->source)
		return false;
	s->ended = true;
	if (s->fd >= 0 && s->at == s->end) {
		stream_close(s);
		s->tell = false;
	}
	return true;
}

static bool take_room(struct wire_stream *s, const char *data, size_t length)
{
	uint32_t room;

	if (!s->source || length != sizeof(room))
		return false;
	memcpy(&room, data, sizeof(room));
	room = le32toh(room);
	if (room > WINDOW - s->room)
		return false;
	s->room += room;
	return true;
}

static bool take_gone(struct wire_stream *s)
{
	if (!s->source)
		return false;
	stream_close(s);
	s->tell = false;
	return true;
}

/* The master of a terminal has its size. */
static bool take_size(struct wire *w, const char *data, size_t length)
{
	uint16_t numbers[2];
	struct winsize size = { 0 };

	if (!w->inside || length != sizeof(numbers))
		return false;
	memcpy(numbers, data, sizeof(numbers));
	size.ws_row = le16toh(numbers[0]);
	size.ws_col = le16toh(numbers[1]);
	ioctl(w->stream[STDIN_FILENO].fd, TIOCSWINSZ, &size);
	return true;
}

static bool take(struct wire *w, const struct header *h, const char *data, size_t length)
{
	struct wire_stream *s = h->stream < WIRE_STREAMS ? &w->stream[h->stream] : NULL;

	if (!s)
		return false;
	switch ((enum wire_kind)h->kind) {
	case WIRE_MESSAGE:
		return hold_message(w, data, length);
	case WIRE_DATA:
		return take_data(s, data, length);
	case WIRE_END:
		return take_end(s);
	case WIRE_GONE:
		return take_gone(s);
	case WIRE_ROOM:
		return take_room(s, data, length);
	case WIRE_SIZE:
		return take_size(w, data, length);
	case WIRE_BEGIN:
	case WIRE_KINDS:
		break;
	}
	return false;
}

/* Returns whether all complete frames keep to the rules. */
static bool take_frames(struct wire *w)
{
	size_t at = 0;
	struct header h;

	while (w->in_end - at >= sizeof(h)) {
		size_t length;

		memcpy(&h, w->in + at, sizeof(h));
		length = le32toh(h.length);
		if (length > FRAME_MAX - sizeof(h))
			return false;
		if (w->in_end - at < sizeof(h) + length)
			break;
		if (!take(w, &h, w->in + at + sizeof(h), length))
			return false;
		at += sizeof(h) + length;
	}
	memmove(w->in, w->in + at, w->in_end - at);
	w->in_end -= at;
	return true;
}

/* Returns whether the other end is there, and keeps to the rules. */
static bool read_channel(struct wire *w)
{
	ssize_t n = read(w->channel, w->in + w->in_end, FRAME_MAX - w->in_end);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	w->heard = true;
	w->in_end += (size_t)n;
	return take_frames(w);
}

static bool write_channel(struct wire *w)
{
	ssize_t n = write(w->channel, w->out + w->out_at, w->out_end - w->out_at);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	w->out_at += (size_t)n;
	if (w->out_at == w->out_end)
		w->out_at = w->out_end = 0;
	return true;
}

/* --- messages -------------------------------------------------------------------------------------------- */

/* In the machine, the last message waits; signals, on the host, do not. A machine that has not said anything yet may
 * never read them, so a signal ends it. Returns whether the conversation goes on. */
static bool hear(struct wire *w)
{
	char text[SANDBOX_MESSAGE];
	int n = sys_recv(w->control, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n == -EAGAIN || n == -EINTR)
		return true;
	if (n <= 0 && (!w->inside || w->told))
		return false;
	if (n <= 0)
		n = (int)(stpcpy(text, SANDBOX_FAILED "125 ended without a status") - text);
	text[n] = '\0';
	if (!w->inside && !w->heard) {
		sys_send(w->control, UNHEARD, sizeof(UNHEARD), MSG_NOSIGNAL);
		return false;
	}
	if (w->inside)
		w->held = xstrdup(text);
	else
		put(w, WIRE_MESSAGE, 0, text, strlen(text));
	return true;
}

/* Whether a stream still has something that came before the message. */
static bool is_pending(const struct wire *w, const struct wire_stream *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	if (s->fd < 0 || s->source != w->inside)
		return false;
	return w->inside ? w->carried < LEFT_MAX && poll(&p, 1, 0) > 0 : s->at < s->end;
}

static bool pass_held(struct wire *w)
{
	for (int i = 0; i < WIRE_STREAMS; i++)
		if (is_pending(w, &w->stream[i]))
			return true;
	if (w->inside && out_room(w) < SANDBOX_MESSAGE + sizeof(struct header))
		return true;
	w->told = true;
	if (w->inside)
		put(w, WIRE_MESSAGE, 0, w->held, strlen(w->held));
	else if (sys_send(w->control, w->held, strlen(w->held) + 1, MSG_NOSIGNAL) < 0)
		return false;
	freep(&w->held);
	w->held = NULL;
	return true;
}

int wire_step(struct wire *w, const struct pollfd fds[WIRE_FDS])
{
	bool good = true;

	for (int i = 0; i < WIRE_STREAMS; i++) {
		struct wire_stream *s = &w->stream[i];

		if (fds[i].fd < 0 || !fds[i].revents || s->fd != fds[i].fd)
			continue;
		if (s->source && may_read(w, s))
			stream_read(w, i);
		else if (!s->source)
			stream_write(s);
	}
	if (fds[WIRE_STREAMS].fd >= 0 && fds[WIRE_STREAMS].revents && may_hear(w))
		good = hear(w);
	if (good && fds[WIRE_STREAMS + 1].revents & (POLLIN | POLLHUP | POLLERR))
		good = read_channel(w);
	if (w->held && !pass_held(w)) /* if the conversation ends, this is the last chance */
		good = false;
	put_notes(w);
	if (good && w->out_at < w->out_end)
		good = write_channel(w);
	return !good;
}

void wire_resize(struct wire *w, uint16_t rows, uint16_t columns)
{
	uint16_t numbers[] = { htole16(rows), htole16(columns) };

	if (out_room(w) >= sizeof(struct header) + sizeof(numbers))
		put(w, WIRE_SIZE, 0, numbers, sizeof(numbers));
}

/* --- the first frame ------------------------------------------------------------------------------------- */

static int wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

static int send_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, data, length);
		int r = n >= 0 || errno == EINTR ? 0 : errno == EAGAIN ? wait_for(fd, POLLOUT) : -errno;

		if (r < 0)
			return r;
		data += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int wire_send(int channel, enum wire_kind kind, const void *data, size_t length)
{
	struct header h = { .kind = (uint8_t)kind, .length = htole32((uint32_t)length) };
	int r = send_all(channel, (const char *)&h, sizeof(h));

	return r < 0 ? r : send_all(channel, data, length);
}

/* A port of a machine whose host has not connected yet ends at once; so the machine tries again. */
static int receive_all(int fd, char *data, size_t length, bool begun)
{
	static const struct timespec moment = { .tv_nsec = 2000000 };

	while (length > 0) {
		ssize_t n = read(fd, data, length);
		int r = n > 0 || errno == EINTR ? 0 : n < 0 && errno == EAGAIN ? wait_for(fd, POLLIN) : -errno;

		if (n == 0 && begun)
			return -EPIPE;
		if (n == 0)
			nanosleep(&moment, NULL);
		else if (r < 0)
			return r;
		begun = begun || n > 0;
		data += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int wire_receive(int channel, char **ret, size_t *ret_length)
{
	_cleanup_(freep) char *text = NULL;
	struct header h;
	int r = receive_all(channel, (char *)&h, sizeof(h), false);
	size_t length;

	if (r < 0)
		return r;
	length = le32toh(h.length);
	if (h.kind != WIRE_BEGIN || length > WIRE_ORDER_MAX)
		return -EBADMSG;
	text = xcalloc(length + 1, 1);
	r = receive_all(channel, text, length, true);
	if (r < 0)
		return r;
	*ret = steal_ptr(text);
	*ret_length = length;
	return 0;
}
