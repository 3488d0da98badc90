/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A socket that keeps whoever drops it waiting, and how to send it. For tests, and for the enemy of test-hostile.sh,
 * which is compiled alone. */
#pragma once

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_SECONDS 1000 /* more than any test waits for what hangs */

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

/* Sends 'text' with the descriptor, whose last reference is then in the message. As sendmsg(2); 'to' may be NULL. */
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
	ssize_t sent;

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	if (sent >= 0)
		close(fd);
	return sent;
}
