/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that carries messages between a command and the bus of a container. */
#include "lib/tap.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/linger.h"
#include "running/courier.h"

#define HANG_MS 500

/* The container's end and ours, with a courier between them. */
static void start(int *theirs, int *ours)
{
	int pair[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	*theirs = pair[0];
	CHECK_INT(courier_start(pair[1], ours), 0);
}

static void check_next(int fd, const char *expected)
{
	char text[64] = "";
	ssize_t n = recv(fd, text, strlen(expected), MSG_WAITALL);

	CHECK_INT(n, (ssize_t)strlen(expected));
	CHECK_STR(text, expected);
}

TEST(bytes_both_ways)
{
	int theirs, ours;

	start(&theirs, &ours);
	CHECK_INT(send(ours, "question", 8, 0), 8);
	check_next(theirs, "question");
	CHECK_INT(send(theirs, "answer", 6, 0), 6);
	check_next(ours, "answer");
	close(theirs);
	CHECK_INT(recv(ours, &(char){ 0 }, 1, 0), 0);
	close(ours);
}

TEST(much_both_ways)
{
	static char data[1 << 20];
	size_t got = 0;
	int theirs, ours;
	pid_t pid;

	start(&theirs, &ours);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < sizeof(data); i++)
			data[i] = (char)(i % 251);
		_exit(send(theirs, data, sizeof(data), 0) != (ssize_t)sizeof(data));
	}
	while (got < sizeof(data)) {
		ssize_t n = recv(ours, data + got, sizeof(data) - got, 0);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	CHECK_INT((long long)got, sizeof(data));
	for (size_t i = 0; i < got; i++)
		if (data[i] != (char)(i % 251))
			CHECK_INT((long long)i, -1);
	waitpid(pid, NULL, 0);
	close(theirs);
	close(ours);
}

TEST(it_ends_with_our_end)
{
	int theirs, ours;

	start(&theirs, &ours);
	close(ours);
	CHECK_INT(recv(theirs, &(char){ 0 }, 1, 0), 0);
	close(theirs);
}

/* What comes next: at most 63 bytes and a descriptor, or -1. */
static int receive_descriptor(int socket, char *text)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { text, 63 };
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(socket, &header, 0);
	int fd = -1;

	text[n > 0 ? n : 0] = '\0';
	if (CMSG_FIRSTHDR(&header))
		memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

TEST(descriptors_go_out)
{
	char text[64];
	int theirs, ours, fds[2], fd;

	start(&theirs, &ours);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(send_with(ours, "pipe", fds[1], NULL, 0), 4);
	fd = receive_descriptor(theirs, text);
	CHECK_STR(text, "pipe");
	CHECK_INT(write(fd, "x", 1), 1);
	close(fd);
	CHECK_INT(read(fds[0], text, 1), 1);
	CHECK_INT(read(fds[0], text, 1), 0); /* the courier has not kept it */
	close(fds[0]);
	close(theirs);
	close(ours);
}

TEST(descriptors_do_not_come_in)
{
	char text[64];
	int theirs, ours, fds[2];

	start(&theirs, &ours);
	CHECK_INT(pipe(fds), 0);
	CHECK_INT(send_with(theirs, "pipe", fds[1], NULL, 0), 4);
	CHECK_INT(receive_descriptor(ours, text), -1);
	CHECK_STR(text, "pipe");
	CHECK_INT(read(fds[0], text, 1), 0);
	close(fds[0]);
	close(theirs);
	close(ours);
}

/* Two connected sockets, and in the queue of the second one a socket that lingers. */
static bool queue_lingering(int pair[2])
{
	int fd = lingering_socket();

	if (fd < 0)
		return false;
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CHECK_INT(send_with(pair[0], "x", fd, NULL, 0), 1);
	fflush(NULL);
	return true;
}

/* The control: this is what the courier is for. */
TEST(a_lingering_socket_keeps_its_receiver)
{
	int pair[2];
	pid_t pid;

	if (!queue_lingering(pair))
		SKIP("there is no loopback interface");
	pid = fork();
	if (pid == 0)
		_exit(recv(pair[1], &(char){ 0 }, 1, 0) != 1);
	usleep(HANG_MS * 1000);
	CHECK_INT(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	close(pair[1]);
	close(pair[0]);
}

/* To us the other end says nothing, and the courier ends with us. */
TEST(a_lingering_socket_does_not_keep_us)
{
	struct pollfd p = { .events = POLLIN };
	int pair[2], status;
	pid_t pid;

	if (!queue_lingering(pair))
		SKIP("there is no loopback interface");
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		if (courier_start(pair[1], &p.fd) < 0)
			_exit(1);
		_exit(poll(&p, 1, HANG_MS) == 0 ? 0 : 2);
	}
	close(pair[1]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	p.fd = pair[0];
	CHECK_INT(poll(&p, 1, 60000), 1);
	close(pair[0]);
}

TEST_MAIN
