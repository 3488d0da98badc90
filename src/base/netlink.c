/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes a network interface of the host: one message of rtnetlink(7), and its answer. */
#include "base/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"

struct request {
	struct nlmsghdr head;
	struct ifinfomsg body;
};

struct answer {
	struct nlmsghdr head;
	struct nlmsgerr body;
};

int netlink_remove(const char *name)
{
	struct request request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_DELLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name) },
	};
	_cleanup_(closep) int fd = -1;
	struct answer answer;
	ssize_t n;

	if (request.body.ifi_index == 0)
		return errno == ENODEV ? 0 : -errno;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	do
		n = recv(fd, &answer, sizeof(answer), MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(answer) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answer.body.error == -ENODEV ? 0 : answer.body.error;
}
