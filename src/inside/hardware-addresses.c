/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives the container's network interfaces the hardware addresses of its record, before any program runs that could
 * see others. libvirt has set them, but while the interfaces were on the host, where udev replaces addresses that the
 * kernel has chosen (systemd.link(5), MACAddressPolicy=). When several containers start at once, udev may look before
 * libvirt sets the address, and write its own afterwards. Nobody would then reach the container, because the bridge
 * takes only frames from the address of the record. */
#include "inside/init.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/ether.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/strv.h"
#include "base/util.h"
#include "container/paths.h"

/* See netdevice(7). 'text' is 'INTERFACE=ADDRESS'. */
static int set_address(int fd, const char *text)
{
	struct ifreq request = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };
	size_t length = strcspn(text, "=");
	struct ether_addr address;

	if (!text[length] || length >= sizeof(request.ifr_name) || !ether_aton_r(text + length + 1, &address))
		return -EINVAL;
	memcpy(request.ifr_name, text, length);
	memcpy(request.ifr_hwaddr.sa_data, &address, sizeof(address));
	return ioctl(fd, SIOCSIFHWADDR, &request) < 0 ? -errno : 0;
}

int set_hardware_addresses(void)
{
	const char *text = getenv(HARDWARE_VARIABLE);
	_cleanup_(strv_done) struct strv words = { 0 };
	_cleanup_(closep) int fd = -1;
	int r = 0;

	if (!text)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	strv_split(&words, text, ",");
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = set_address(fd, words.v[i]);
	return r;
}
