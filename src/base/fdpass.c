/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends descriptors to another process over a packet socket, with SCM_RIGHTS of unix(7). The monitor links this file,
 * so it uses nothing but the C library. */
#include "base/fdpass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

struct packet {
	struct iovec iov;
	struct msghdr header;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
	} control;
};

static void packet_init(struct packet *p, const char *text, size_t len, size_t n)
{
	p->iov = (struct iovec){ (char *)text, len };
	p->header = (struct msghdr){
		.msg_iov = &p->iov,
		.msg_iovlen = 1,
		.msg_control = &p->control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
}

int fdpass_send(int socket, const char *text, const int *fds, size_t n)
{
	struct packet p = { 0 };
	struct cmsghdr *c;

	packet_init(&p, text, strlen(text) + 1, n);
	c = CMSG_FIRSTHDR(&p.header);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(socket, &p.header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int fdpass_receive(int socket, char *text, size_t size, int *ret_fds, size_t n)
{
	struct packet p = { 0 };
	struct cmsghdr *c;
	ssize_t len;

	packet_init(&p, text, size - 1, n);
	len = recvmsg(socket, &p.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (len < 0)
		return -errno;
	text[len] = '\0';
	c = CMSG_FIRSTHDR(&p.header);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(n * sizeof(int)))
		return -EBADMSG;
	memcpy(ret_fds, CMSG_DATA(c), n * sizeof(int));
	return 0;
}
