/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket that keeps the process that drops it waiting, and how to send it. For tests, and for the enemy of
 * test-hostile.sh, which is compiled separately. */
#pragma once

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINGER_SECONDS 1000 /* longer than any test waits for what hangs */

/* A TCP socket with unsent data that lingers. It does so until this process ends, which has the other end. -1 if there
 * is no loopback interface. */
static inline int lingering_socket(void)
{
	static char data[65536];
	struct linger linger = { 1, LINGER_SECONDS };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(listener, (struct sockaddr *)&address, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &len) < 0 ||
	    connect(fd, (struct sockaddr *)&address, len) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0) {
		close(listener);
		close(fd);
		return -1;
	}
	while (send(fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	return fd;
}

/* Sends 'text' with the descriptor, which is closed here, as soon as can be, so that it is most likely the receiver who
 * drops it last and waits. As sendmsg(2); 'to' may be NULL. A child does it, since it is the sender who waits if the
 * receiver is faster. */
static inline ssize_t send_with(int socket, const char *text, int fd, struct sockaddr *to, socklen_t to_len)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr header = {
		.msg_name = to,
		.msg_namelen = to ? to_len : 0,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int closed[2], status = 0;
	pid_t pid, ended = 0;

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (pipe(closed) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		char end;

		close(closed[1]);
		if (read(closed[0], &end, 1) != 0 || sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
			_exit(errno);
		close(fd);
		_exit(0);
	}
	close(fd);
	close(closed[0]);
	close(closed[1]);
	if (pid < 0)
		return -1;
	for (int i = 0; i < 1000 && ended == 0; i++) {
		ended = waitpid(pid, &status, WNOHANG);
		usleep(ended == 0 ? 1000 : 0);
	}
	if (ended == 0) { /* it has sent it and waits */
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	} else if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
		errno = WEXITSTATUS(status);
		return -1;
	}
	return (ssize_t)iov.iov_len;
}
