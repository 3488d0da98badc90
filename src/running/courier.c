/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process that drops the last reference to a socket waits as long as the socket lingers (SO_LINGER in socket(7)), and
 * a container can send such sockets as descriptors (SCM_RIGHTS in unix(7)). The kernel drops them in the process that
 * receives the bytes, even if that does not accept descriptors, and timeouts of recv(2) or poll(2) do not apply there.
 * So a process that has nothing else to do receives them. A container can keep that process waiting, but not us: we
 * only see a peer that sends nothing, for which every wait has a time limit. A killed process does not wait for
 * sockets. */
#include "running/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"

#define BUFFER_SIZE (64 * 1024)
#define DESCRIPTORS 16 /* more than any of our messages has */

enum { OURS, THEIRS, ENDS };

/* Sends everything, with the descriptors at the first byte. */
static int send_all(int fd, const char *data, size_t n, struct cmsghdr *control, size_t control_len)
{
	while (n > 0) {
		struct iovec iov = { (char *)data, n };
		struct msghdr header = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control_len ? control : NULL,
			.msg_controllen = control_len,
		};
		ssize_t sent = sendmsg(fd, &header, MSG_NOSIGNAL);

		if (sent < 0)
			return -errno;
		data += sent;
		n -= (size_t)sent;
		control_len = 0;
	}
	return 0;
}

static void close_sent(struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		int fds[DESCRIPTORS];
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || n > DESCRIPTORS)
			continue;
		memcpy(fds, CMSG_DATA(c), n * sizeof(int));
		while (n-- > 0)
			close(fds[n]);
	}
}

static int carry_out(char *buffer)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
	} control;
	struct iovec iov = { buffer, BUFFER_SIZE };
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(OURS, &header, MSG_CMSG_CLOEXEC);
	int r;

	if (n <= 0)
		return -ECONNRESET;
	r = send_all(THEIRS, buffer, (size_t)n, &control.header, header.msg_controllen);
	close_sent(&header);
	return r;
}

/* The kernel drops descriptors, because there is no room for them. */
static int carry_in(char *buffer)
{
	ssize_t n = recv(THEIRS, buffer, BUFFER_SIZE, 0);

	return n <= 0 ? -ECONNRESET : send_all(OURS, buffer, (size_t)n, NULL, 0);
}

static void carry(void)
{
	static char buffer[BUFFER_SIZE];
	struct pollfd fds[ENDS] = { { .fd = OURS, .events = POLLIN }, { .fd = THEIRS, .events = POLLIN } };
	int r = 0;

	while (r == 0 && poll(fds, ENDS, -1) > 0) {
		if (fds[OURS].revents)
			r = carry_out(buffer);
		if (r == 0 && fds[THEIRS].revents)
			r = carry_in(buffer);
	}
}

/* The courier has the two sockets and no other descriptor, so that it keeps nothing open whose end others wait for. It
 * ignores Ctrl-C, which is meant for us. */
static int be_courier(pid_t parent, int ours, int theirs)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	if (getppid() != parent) /* the parent ended before that */
		return -ESRCH;
	ours = fcntl(ours, F_DUPFD, ENDS);
	theirs = fcntl(theirs, F_DUPFD, ENDS);
	if (ours < 0 || theirs < 0 || dup2(ours, OURS) < 0 || dup2(theirs, THEIRS) < 0)
		return -errno;
	return sys_close_range(ENDS, ~0U, 0);
}

int courier_start(int fd, int *ret)
{
	_cleanup_(closep) int theirs = fd, ours = -1, far = -1;
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	far = pair[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (be_courier(parent, far, theirs) == 0)
			carry();
		_exit(0);
	}
	*ret = steal_fd(&ours);
	return 0;
}
