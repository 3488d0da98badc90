/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives the container's network interfaces the IPv6 addresses of its record. Nobody else can have them, so the kernel
 * must not look for a second or two whether somebody does (RFC 4862, 5.4): until it knows, services that connect to
 * others would do so from a wrong address, such as ::1, and wait for minutes. libvirt cannot do this, and neither can
 * it switch off what would give the interface other addresses and routes. The walls of the network drop such messages
 * (virt/network-walls.c); the settings hold while somebody has flushed them. */
#include "inside/init.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <net/route.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/util.h"
#include "container/paths.h"

#define PREFIX 64

/* Documentation/networking/ip-sysctl.rst in the kernel. */
static const char *const off[] = { "accept_ra", "autoconf", "accept_redirects", "accept_dad" };

/* A container whose kernel looks first is better than none. */
static void switch_off(const char *interface)
{
	for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
		_cleanup_(freep) char *path = xasprintf("/proc/sys/net/ipv6/conf/%s/%s", interface, off[i]);
		_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) < 0)
			log_info("cannot change '%s': %s.", path, strerror(errno));
	}
}

/* See netdevice(7) and ipv6(7). */
static int set_address(int fd, int interface, const char *address, const char *router)
{
	struct in6_ifreq request = { .ifr6_prefixlen = PREFIX, .ifr6_ifindex = interface };
	struct in6_rtmsg route = { .rtmsg_flags = RTF_UP | RTF_GATEWAY, .rtmsg_metric = 1, .rtmsg_ifindex = interface };

	if (inet_pton(AF_INET6, address, &request.ifr6_addr) != 1 ||
	    (router && inet_pton(AF_INET6, router, &route.rtmsg_gateway) != 1))
		return -EINVAL;
	if (ioctl(fd, SIOCSIFADDR, &request) < 0 || (router && ioctl(fd, SIOCADDRT, &route) < 0))
		return -errno;
	return 0;
}

/* 'text' is 'INTERFACE=ADDRESS[=ROUTER]'. */
static int set_interface(int fd, const char *text)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	int interface;

	strv_split(&words, text, "=");
	if (words.n < 2 || words.n > 3)
		return -EINVAL;
	interface = (int)if_nametoindex(words.v[0]);
	if (interface == 0)
		return -errno;
	switch_off(words.v[0]);
	return set_address(fd, interface, words.v[1], words.n > 2 ? words.v[2] : NULL);
}

int set_ipv6_addresses(void)
{
	const char *text = getenv(IPV6_VARIABLE);
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(closep) int fd = -1;
	int r = 0;

	if (!text)
		return 0;
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	strv_split(&words, text, ",");
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = set_interface(fd, words.v[i]);
	return r;
}
