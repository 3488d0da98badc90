/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other end of a connection to systemd: a child process that answers each method call as the test says. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

struct mock {
	sd_bus *bus; /* the client's end */
	pid_t pid;
};

/* Called in the child for a method call. Returns < 0 to hang up. */
typedef int (*mock_answer)(sd_bus_message *call, const char *member);
/* Called in the child every few milliseconds, or NULL. */
typedef void (*mock_tick)(sd_bus *bus);

static mock_answer mock_current;

static void mock_must(int r)
{
	if (r < 0) {
		fprintf(stderr, "mock: %s\n", strerror(-r));
		_exit(1);
	}
}

static int mock_filter(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *member = sd_bus_message_get_member(m);

	(void)userdata;
	(void)error;
	if (!sd_bus_message_is_method_call(m, NULL, NULL) || !member)
		return 0;
	if (mock_current(m, member) < 0)
		_exit(0);
	return 1;
}

static void mock_serve(int fd, mock_answer answer, mock_tick tick)
{
	sd_id128_t id = { { 1 } };
	sd_bus *bus;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mock_current = answer;
	mock_must(sd_bus_new(&bus));
	mock_must(sd_bus_set_fd(bus, fd, fd));
	mock_must(sd_bus_set_server(bus, true, id));
	mock_must(sd_bus_set_anonymous(bus, true));
	mock_must(sd_bus_negotiate_fds(bus, true));
	mock_must(sd_bus_add_filter(bus, NULL, mock_filter, NULL));
	mock_must(sd_bus_start(bus));
	for (;;) {
		int r = sd_bus_process(bus, NULL);

		if (r < 0)
			break;
		if (tick)
			tick(bus);
		if (r == 0 && sd_bus_wait(bus, tick ? 3000 : UINT64_MAX) < 0)
			break;
	}
	_exit(0);
}

static struct mock mock_start(mock_answer answer, mock_tick tick)
{
	struct mock mock;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	signal(SIGPIPE, SIG_IGN); /* like main() */
	fflush(NULL);
	mock.pid = fork();
	if (mock.pid == 0) {
		close(pair[0]);
		mock_serve(pair[1], answer, tick);
	}
	close(pair[1]);
	mock_must(sd_bus_new(&mock.bus));
	mock_must(sd_bus_set_description(mock.bus, "mock"));
	mock_must(sd_bus_set_fd(mock.bus, pair[0], pair[0]));
	mock_must(sd_bus_set_method_call_timeout(mock.bus, 5000000));
	mock_must(sd_bus_start(mock.bus));
	return mock;
}

static void mock_done(struct mock *mock)
{
	sd_bus_close_unref(mock->bus);
	kill(mock->pid, SIGKILL);
	waitpid(mock->pid, NULL, 0);
}

/* On a bus, the broker would add the sender. */
static inline void mock_signal(sd_bus *bus, const char *path, const char *interface, const char *member,
			       const char *types, ...)
{
	sd_bus_message *m;
	va_list ap;

	mock_must(sd_bus_message_new_signal(bus, &m, path, interface, member));
	mock_must(sd_bus_message_set_sender(m, "org.freedesktop.systemd1"));
	va_start(ap, types);
	mock_must(sd_bus_message_appendv(m, types, ap));
	va_end(ap);
	mock_must(sd_bus_send(bus, m, NULL));
	sd_bus_message_unref(m);
}

/* What was written on standard error since 'capture' was made by capture_begin(). Caller frees. */
static inline int capture_begin(void)
{
	char path[] = "/tmp/test-XXXXXX";
	int saved = dup(STDERR_FILENO), fd = mkstemp(path);

	if (saved < 0 || fd < 0)
		abort();
	unlink(path);
	dup2(fd, STDERR_FILENO);
	close(fd);
	return saved;
}

static inline char *capture_end(int saved)
{
	off_t size = lseek(STDERR_FILENO, 0, SEEK_END);
	char *text = calloc((size_t)size + 1, 1);

	if (!text || pread(STDERR_FILENO, text, (size_t)size, 0) != size)
		abort();
	dup2(saved, STDERR_FILENO);
	close(saved);
	return text;
}
