/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits until a web server answers, to a fraction of a millisecond, and prints the time on the clock that systemd's
 * timestamps use. A connection that is not answered is given up after 2 ms and tried again, because TCP would wait a
 * second before it retries. poll prints the time now, in microseconds poll ADDRESS [PATH] prints the time of the first
 * 'HTTP/1.x 200' from there; fails after ten minutes */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long long now_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static bool ready(int fd, short events, int msec)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, msec) == 1 && (p.revents & events) && !(p.revents & POLLERR);
}

static bool answers(const struct sockaddr_in *address, const char *request)
{
	char reply[12];
	bool good = false;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	connect(fd, (const struct sockaddr *)address, sizeof(*address));
	if (ready(fd, POLLOUT, 2) && write(fd, request, strlen(request)) > 0 && ready(fd, POLLIN, 5000))
		good = read(fd, reply, sizeof(reply)) == sizeof(reply) && memcmp(reply + 8, " 200", 4) == 0;
	close(fd);
	return good;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(80) };
	long long end = now_usec() + 600000000;
	char request[256];

	if (argc > 1) {
		if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
			return 2;
		snprintf(request, sizeof(request), "GET /%s HTTP/1.0\r\n\r\n", argc > 2 ? argv[2] : "");
		while (!answers(&address, request)) {
			if (now_usec() > end)
				return 1;
			nanosleep(&pause, NULL);
		}
	}
	printf("%lld\n", now_usec());
	return 0;
}
