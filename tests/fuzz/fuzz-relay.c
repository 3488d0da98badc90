/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data between the administrator and a command in a container: keys to its terminal or, if the first byte is odd, its
 * output to ours. Everything arrives, but keys only up to the one that leaves. */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "running/relay.h"
#include "base/rootfd.h"

#define INPUT_MAX 8192 /* a socket and a pipe hold as much */

static int file_of(const char *text, size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CHECK(fd >= 0 && write_all(fd, text, n) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* What there is to read now. Caller frees. */
static char *drain(int fd, size_t *ret_size)
{
	char *text = xcalloc(TERMINAL_FILTER_ROOM(INPUT_MAX) + 3, 1);
	size_t size = 0;
	ssize_t n;

	while ((n = read(fd, text + size, TERMINAL_FILTER_ROOM(INPUT_MAX) + 2 - size)) > 0)
		size += (size_t)n;
	*ret_size = size;
	return text;
}

static void run(struct relay *relay, int steps)
{
	for (int i = 0; i < steps && !relay->left; i++) {
		struct pollfd fds[RELAY_STREAMS];

		relay_poll(relay, fds);
		if (poll(fds, RELAY_STREAMS, 0) > 0)
			relay_step(relay, fds);
	}
}

static void check_keys(const char *typed, size_t n)
{
	const char *leave = memchr(typed, RELAY_ESCAPE, n);
	size_t expected = leave ? (size_t)(leave - typed) : n, got;
	int ends[2], ours[RELAY_STREAMS] = { file_of(typed, n), file_of("", 0), -1 };
	_cleanup_(freep) char *text = NULL;
	struct relay relay;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
	CHECK(relay_open_terminal(&relay, ours, ends[0]) == 0);
	run(&relay, 16);
	CHECK(relay.left == (leave != NULL));
	text = drain(ends[1], &got);
	/* At the end of the input Ctrl-D is typed twice; after the key that leaves, nothing is typed. */
	CHECK(got <= expected + 2 && memcmp(text, typed, got < expected ? got : expected) == 0);
	CHECK(leave || (got == n + 2 && memcmp(text + n, "\4\4", 2) == 0));
	relay_done(&relay);
	for (int i = 0; i < 2; i++) {
		close(ends[i]);
		close(ours[i]);
	}
}

static void check_output(const char *said, size_t n)
{
	int ours[RELAY_STREAMS] = { -1, file_of("", 0), file_of("", 0) };
	_cleanup_(freep) char *text = NULL, *expected = xcalloc(TERMINAL_FILTER_ROOM(n) + 1, 1);
	struct terminal_filter filter = { 0 };
	size_t len = terminal_filter(&filter, said, n, expected), got;
	struct relay relay;

	len += terminal_filter_end(&filter, expected + len);
	CHECK(relay_open(&relay, ours, geteuid(), "/", NULL) == 0);
	relay.filtered = true;
	CHECK(write_all(relay.inside[STDOUT_FILENO], said, n) == 0);
	relay_close_inside(&relay);
	run(&relay, 2);
	relay_finish(&relay);
	CHECK(relay.error == 0 && lseek(ours[STDOUT_FILENO], 0, SEEK_SET) == 0);
	text = drain(ours[STDOUT_FILENO], &got);
	CHECK(got == len && memcmp(text, expected, len) == 0);
	relay_done(&relay);
	close(ours[STDOUT_FILENO]);
	close(ours[STDERR_FILENO]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > INPUT_MAX)
		return 0;
	if (*data % 2)
		check_output((const char *)data + 1, size - 1);
	else
		check_keys((const char *)data + 1, size - 1);
	return 0;
}
