/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What we have to do to network interfaces of the host: each function sends one or two messages of rtnetlink(7). */
#include "base/netlink.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ipv6.h"
#include "base/nlattr.h"
#include "base/util.h"

#define ANSWER_MAX 65536 /* bytes; what the kernel says of one interface has a few thousand */

/* Sends a message and waits for its answer. The length of the answer, which is 0 if it says only that all went well, or
 * -errno. */
static ssize_t ask(struct nlmsghdr *request, struct nlmsghdr *answer, size_t size)
{
	_cleanup_(closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	const int cap = 1;
	struct nlmsgerr error;
	ssize_t n;

	request->nlmsg_flags |= NLM_F_REQUEST;
	/* The answer to a failure would repeat the request. */
	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &cap, sizeof(cap)) < 0 ||
	    send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	do
		n = recv(fd, answer, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_HDRLEN + sizeof(error) || !NLMSG_OK(answer, (size_t)n))
		return -EBADMSG;
	if (answer->nlmsg_type != NLMSG_ERROR)
		return answer->nlmsg_len;
	memcpy(&error, NLMSG_DATA(answer), sizeof(error));
	return error.error;
}

/* Sends a message that changes something. 0 or -errno. */
static int change(struct nlmsghdr *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
	} answer;
	ssize_t n;

	request->nlmsg_flags |= NLM_F_ACK;
	n = ask(request, &answer.head, sizeof(answer));
	return n > 0 ? -EBADMSG : (int)n;
}

/* A message about one interface, without attributes. */
struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg body;
};

int netlink_remove(const char *name)
{
	struct link_request request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_DELLINK },
		.body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name) },
	};
	int r;

	if (request.body.ifi_index == 0)
		return errno == ENODEV ? 0 : -errno;
	r = change(&request.head);
	return r == -ENODEV ? 0 : r;
}

int netlink_join(const char *name, const char *bridge)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
		struct nlattr master;
		uint32_t index;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_NEWLINK },
		.body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name) },
		.master = { NLA_HDRLEN + sizeof(uint32_t), IFLA_MASTER },
		.index = if_nametoindex(bridge),
	};

	return request.body.ifi_index == 0 || request.index == 0 ? -ENODEV : change(&request.head);
}

int netlink_renew_ipv6(const char *name, const struct ipv6_range *range)
{
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg body;
		struct nlattr local;
		struct in6_addr address;
	} request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_DELADDR },
		.body = { .ifa_family = AF_INET6,
			  .ifa_prefixlen = (uint8_t)range->prefix,
			  .ifa_flags = IFA_F_PERMANENT | IFA_F_NODAD,
			  .ifa_index = if_nametoindex(name) },
		.local = { NLA_HDRLEN + sizeof(struct in6_addr), IFA_LOCAL },
		.address = range->address,
	};
	int r = request.body.ifa_index == 0 ? -errno : change(&request.head);

	if (r < 0 && r != -EADDRNOTAVAIL)
		return r;
	request.head.nlmsg_type = RTM_NEWADDR;
	request.head.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	return change(&request.head);
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

/* What precedes the first program that sees a frame that the interface receives. */
static int add_classifier(int index)
{
	static const char kind[8] = "clsact";
	struct {
		struct nlmsghdr head;
		struct tcmsg body;
		struct nlattr kind;
		char name[sizeof(kind)];
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_NEWQDISC,
			  .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL },
		.body = { .tcm_ifindex = index, .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0), .tcm_parent = TC_H_CLSACT },
		.kind = { NLA_HDRLEN + sizeof("clsact"), TCA_KIND },
	};
	int r;

	memcpy(request.name, kind, sizeof(kind));
	r = change(&request.head);
	return r == -EEXIST ? 0 : r;
}

/* A classifier of classic BPF, which decides by itself: kernels may lack the modules of actions. */
int netlink_drop_loopback(const char *name)
{
	static const struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_NET_OFF + offsetof(struct iphdr, daddr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IN_LOOPBACKNET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT),
		BPF_STMT(BPF_RET | BPF_K, (uint32_t)TC_ACT_UNSPEC),
	};
	struct {
		struct nlmsghdr head;
		struct tcmsg body;
		struct nlattr kind;
		char kind_name[4];
		struct nlattr options;
		struct nlattr flags;
		uint32_t flags_value;
		struct nlattr length;
		uint16_t length_value, padding;
		struct nlattr program;
		struct sock_filter program_value[ARRAY_SIZE(program)];
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_NEWTFILTER,
			  .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL },
		.body = { .tcm_ifindex = (int)if_nametoindex(name),
			  .tcm_handle = 1,
			  .tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
			  .tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_IP)) },
		.kind = { NLA_HDRLEN + sizeof("bpf"), TCA_KIND },
		.kind_name = "bpf",
		.options = { sizeof(request) - offsetof(typeof(request), options), TCA_OPTIONS | NLA_F_NESTED },
		.flags = { NLA_HDRLEN + sizeof(uint32_t), TCA_BPF_FLAGS },
		.flags_value = TCA_BPF_FLAG_ACT_DIRECT,
		.length = { NLA_HDRLEN + sizeof(uint16_t), TCA_BPF_OPS_LEN },
		.length_value = ARRAY_SIZE(program),
		.program = { NLA_HDRLEN + sizeof(program), TCA_BPF_OPS },
	};
	int r;

	if (request.body.tcm_ifindex == 0)
		return -errno;
	memcpy(request.program_value, program, sizeof(program));
	r = add_classifier(request.body.tcm_ifindex);
	if (r == 0)
		r = change(&request.head);
	return r == -EEXIST ? 0 : r;
}

static bool is_set(const struct nlattr *port, uint16_t type)
{
	const struct nlattr *a = nlattr_find_in(port, type, 1);

	return a && *(const uint8_t *)(a + 1);
}

int netlink_port(const char *name, struct netlink_port *ret)
{
	struct link_request request = {
		.head = { .nlmsg_len = sizeof(request), .nlmsg_type = RTM_GETLINK },
		.body = { .ifi_family = AF_UNSPEC, .ifi_index = (int)if_nametoindex(name) },
	};
	_cleanup_(freep) struct nlmsghdr *answer = xcalloc(1, ANSWER_MAX);
	const size_t head = NLMSG_SPACE(sizeof(struct ifinfomsg));
	const struct nlattr *link, *kind, *port;
	ssize_t n;

	if (request.body.ifi_index == 0)
		return -errno;
	n = ask(&request.head, answer, ANSWER_MAX);
	if (n < 0)
		return (int)n;
	if ((size_t)n < head)
		return -EBADMSG;
	link = nlattr_find((const struct nlattr *)((const char *)answer + head), (size_t)n - head, IFLA_LINKINFO, 0);
	kind = nlattr_find_in(link, IFLA_INFO_SLAVE_KIND, sizeof("bridge"));
	port = nlattr_find_in(link, IFLA_INFO_SLAVE_DATA, 0);
	if (!kind || !port || strcmp((const char *)(kind + 1), "bridge") != 0)
		return 0;
	*ret = (struct netlink_port){
		.learns = is_set(port, IFLA_BRPORT_LEARNING),
		.locked = is_set(port, IFLA_BRPORT_LOCKED),
		.isolated = is_set(port, IFLA_BRPORT_ISOLATED),
	};
	return 1;
}
