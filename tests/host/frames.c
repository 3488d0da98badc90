/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames as root in a container could send them if nothing stood in the way, and what arrives of them:
 *
 *   frames INTERFACE send HEX...    sends frames as they are, Ethernet header included
 *   frames INTERFACE flood COUNT    sends broadcasts, each from another random hardware address
 *   frames INTERFACE listen MARK    prints 'ready', and then of each frame that has MARK in it the word that follows
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static int failed(const char *what)
{
	fprintf(stderr, "frames: %s: %s\n", what, strerror(errno));
	return 1;
}

/* A queue that is full for a moment is no failure. */
static int send_frame(int fd, const unsigned char *frame, size_t n)
{
	while (send(fd, frame, n, 0) < 0) {
		if (errno != ENOBUFS && errno != EAGAIN)
			return -1;
		usleep(1000);
	}
	return 0;
}

static int send_hex(int fd, const char *hex)
{
	unsigned char frame[ETH_FRAME_LEN] = { 0 };
	size_t n = 0;

	for (unsigned int byte; n < sizeof(frame) && sscanf(hex + 2 * n, "%2x", &byte) == 1; n++)
		frame[n] = (unsigned char)byte;
	return send_frame(fd, frame, n < ETH_ZLEN ? ETH_ZLEN : n);
}

static int flood(int fd, int count)
{
	unsigned char frame[ETH_ZLEN];

	for (int i = 0; i < count; i++) {
		memset(frame, 0xff, ETH_ALEN);
		if (getrandom(frame + ETH_ALEN, ETH_ALEN, 0) < 0)
			return -1;
		frame[ETH_ALEN] &= 0xfc; /* of one card, not a group's */
		memset(frame + 2 * ETH_ALEN, 0, sizeof(frame) - 2 * ETH_ALEN);
		frame[2 * ETH_ALEN] = 0x88; /* for experiments (IEEE 802) */
		frame[2 * ETH_ALEN + 1] = 0xb5;
		if (send_frame(fd, frame, sizeof(frame)) < 0)
			return -1;
	}
	return 0;
}

static int listen_for(int fd, const char *mark)
{
	unsigned char frame[ETH_FRAME_LEN];
	ssize_t n;

	puts("ready");
	fflush(stdout);
	while ((n = recv(fd, frame, sizeof(frame), 0)) >= 0) {
		const unsigned char *at = memmem(frame, (size_t)n, mark, strlen(mark));

		if (!at)
			continue;
		for (at += strlen(mark); at < frame + n && isgraph(*at); at++)
			putchar(*at);
		putchar('\n');
		fflush(stdout);
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), r = 0;

	if (argc < 4) {
		fputs("frames: INTERFACE send HEX... | flood COUNT | listen MARK\n", stderr);
		return 2;
	}
	address.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return failed(argv[1]);
	if (strcmp(argv[2], "flood") == 0)
		r = flood(fd, atoi(argv[3]));
	else if (strcmp(argv[2], "listen") == 0)
		r = listen_for(fd, argv[3]);
	else
		for (int i = 3; r == 0 && i < argc; i++)
			r = send_hex(fd, argv[i]);
	return r < 0 ? failed(argv[2]) : 0;
}
