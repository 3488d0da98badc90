/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages of <linux/netfilter/nfnetlink.h>: a header, the family of addresses, and attributes. */
#include "base/netfilter.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"

#define DUMP_SIZE (64 * 1024) /* a kernel that has more to say sends more messages */

struct request {
	struct nlmsghdr head;
	struct nfgenmsg body;
	char attributes[512];
};

static int request_init(struct request *request, uint16_t type, uint16_t flags, uint8_t family, const void *attributes,
			size_t length)
{
	if (length > sizeof(request->attributes))
		return -EMSGSIZE;
	*request = (struct request){
		.head = { .nlmsg_len = (uint32_t)(NLMSG_SPACE(sizeof(struct nfgenmsg)) + length),
			  .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | flags },
		.body = { .nfgen_family = family },
	};
	if (length > 0)
		memcpy(request->attributes, attributes, length);
	return 0;
}

struct reader {
	int (*each)(void *at, const struct nlattr *first, size_t length);
	void *at;
	bool ended;
};

static int read_error(const struct nlmsghdr *head)
{
	return head->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))
		       ? -EBADMSG
		       : ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
}

static int read_messages(struct reader *reader, const char *data, size_t size)
{
	while (size >= sizeof(struct nlmsghdr) && !reader->ended) {
		const struct nlmsghdr *head = (const struct nlmsghdr *)data;
		const size_t skip = NLMSG_SPACE(sizeof(struct nfgenmsg));
		size_t whole = NLMSG_ALIGN(head->nlmsg_len);
		int r = 0;

		if (head->nlmsg_len < sizeof(*head) || head->nlmsg_len > size)
			return -EBADMSG;
		reader->ended = head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR;
		if (head->nlmsg_type == NLMSG_ERROR)
			r = read_error(head);
		else if (!reader->ended && head->nlmsg_len > skip)
			r = reader->each(reader->at, (const struct nlattr *)(data + skip), head->nlmsg_len - skip);
		if (r != 0 || whole >= size)
			return r;
		data += whole;
		size -= whole;
	}
	return 0;
}

static int ask(const struct request *request, struct reader *reader)
{
	_cleanup_(closep) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	_cleanup_(freep) char *data = xcalloc(DUMP_SIZE, 1);
	int r = 0;

	if (fd < 0 || send(fd, request, request->head.nlmsg_len, 0) < 0)
		return -errno;
	while (r == 0 && !reader->ended) {
		ssize_t n = recv(fd, data, DUMP_SIZE, MSG_TRUNC);

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : n > DUMP_SIZE ? -EMSGSIZE : read_messages(reader, data, (size_t)n);
	}
	return r;
}

int netfilter_dump(uint16_t type, uint8_t family, int (*each)(void *at, const struct nlattr *first, size_t length),
		   void *at)
{
	struct reader reader = { each, at, false };
	struct request request;
	int r = request_init(&request, type, NLM_F_DUMP, family, NULL, 0);

	return r < 0 ? r : ask(&request, &reader);
}

static int ignore(void *at, const struct nlattr *first, size_t length)
{
	(void)at;
	(void)first;
	(void)length;
	return 0;
}

int netfilter_change(uint16_t type, uint8_t family, const void *attributes, size_t length)
{
	struct reader reader = { ignore, NULL, false };
	struct request request;
	int r = request_init(&request, type, NLM_F_ACK, family, attributes, length);

	return r < 0 ? r : ask(&request, &reader);
}
