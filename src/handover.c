/* See handover.h. The C library only: see monitor.c. */
#include "handover.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "util.h"

/* The number as text, with the two descriptors. */
struct message {
	char text[16];
	struct iovec iov;
	struct msghdr header;
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
};

static void message_init(struct message *m, size_t len)
{
	m->iov = (struct iovec){ m->text, len };
	m->header = (struct msghdr){
		.msg_iov = &m->iov,
		.msg_iovlen = 1,
		.msg_control = &m->control,
		.msg_controllen = sizeof(m->control),
	};
}

int handover_send(int fd, pid_t pid, int pidfd, int console)
{
	struct message m = { 0 };
	int fds[] = { pidfd, console };
	struct cmsghdr *c;

	message_init(&m, (size_t)snprintf(m.text, sizeof(m.text), "%d", pid));
	c = CMSG_FIRSTHDR(&m.header);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	return sendmsg(fd, &m.header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int handover_receive(int fd, pid_t *ret_pid, int *ret_pidfd, int *ret_console)
{
	struct message m = { 0 };
	int fds[2];
	struct cmsghdr *c;
	uint64_t pid;

	message_init(&m, sizeof(m.text) - 1);
	if (recvmsg(fd, &m.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&m.header);
	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(fds)) ||
	    parse_u64(m.text, INT32_MAX, &pid) < 0)
		return -EBADMSG;
	memcpy(fds, CMSG_DATA(c), sizeof(fds));
	*ret_pid = (pid_t)pid;
	*ret_pidfd = fds[0];
	*ret_console = fds[1];
	return 0;
}
