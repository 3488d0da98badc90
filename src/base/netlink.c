/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we have to do to network interfaces of the host: each function sends one or two messages of rtnetlink(7). */
#include "base/netlink.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"

struct answer {
	struct nlmsghdr head;
	struct nlmsgerr body;
};

/* Sends a message that changes something and waits for its answer. 0 or -errno. */
static int change(struct nlmsghdr *request)
{
	_cleanup_(closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	const int cap = 1;
	struct answer answer;
	ssize_t n;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	/* The answer to a failure would repeat the request. */
	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &cap, sizeof(cap)) < 0 ||
	    send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	do
		n = recv(fd, &answer, sizeof(answer), MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(answer) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answer.body.error;
}

int netlink_remove(const char *name)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_DELLINK },
		.body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name) },
	};
	int r;

	if (request.body.ifi_index == 0)
		return errno == ENODEV ? 0 : -errno;
	r = change(&request.head);
	return r == -ENODEV ? 0 : r;
}

/* An attribute of one byte, as it lies in a message. */
struct flag {
	struct nlattr head;
	uint8_t value, padding[3];
};

static struct flag flag(uint16_t type, bool value)
{
	return (struct flag){ { NLA_HDRLEN + 1, type }, value, { 0 } };
}

/* The only address behind the port. It stays there, whatever frames come from other ports. */
static int add_address(int index, const struct ether_addr *mac)
{
	struct {
		struct nlmsghdr head;
		struct ndmsg body;
		struct nlattr address;
		uint8_t value[NLA_ALIGN(ETH_ALEN)];
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_NEWNEIGH,
			  .nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE },
		.body = { .ndm_family = AF_BRIDGE,
			  .ndm_ifindex = index,
			  .ndm_state = NUD_NOARP,
			  .ndm_flags = NTF_MASTER | NTF_STICKY },
		.address = { NLA_HDRLEN + ETH_ALEN, NDA_LLADDR },
	};

	memcpy(request.value, mac, ETH_ALEN);
	return change(&request.head);
}

int netlink_lock_port(const char *name, const char *mac, bool isolated)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
		struct nlattr port;
		struct flag flags[5];
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_SETLINK },
		.body = { .ifi_family = AF_BRIDGE, .ifi_index = (int)if_nametoindex(name) },
		.port = { sizeof(request.port) + sizeof(request.flags), IFLA_PROTINFO | NLA_F_NESTED },
		.flags = { flag(IFLA_BRPORT_LEARNING, false), flag(IFLA_BRPORT_LOCKED, true),
			   flag(IFLA_BRPORT_UNICAST_FLOOD, false), flag(IFLA_BRPORT_GUARD, true),
			   flag(IFLA_BRPORT_ISOLATED, isolated) },
	};
	struct ether_addr address;
	int r;

	if (!ether_aton_r(mac, &address))
		return -EINVAL;
	if (request.body.ifi_index == 0)
		return errno == ENODEV ? 0 : -errno;
	/* The flags last: a locked port takes nothing before it has an address. */
	r = add_address(request.body.ifi_index, &address);
	if (r == 0)
		r = change(&request.head);
	return r == -EOPNOTSUPP ? 0 : r;
}
