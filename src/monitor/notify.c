/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of sd_notify(3), without libsystemd, which the monitor does not link. */
#include "monitor/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/syscalls.h"
#include "container/paths.h"

#ifndef PASS_RIGHTS /* a test has a kernel without it */
#ifdef SO_PASSRIGHTS
#define PASS_RIGHTS SO_PASSRIGHTS
#else
#define PASS_RIGHTS 83 /* asm-generic/socket.h of Linux 6.16 */
#endif
#endif

#define PATIENCE_USEC 100000

int notify_connect(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	_cleanup_(closep) int fd = -1;

	if (len == 0 || len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, len);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0) {
		log_warn_errno(errno, "Cannot reach systemd: %m");
		return -1;
	}
	return steal_fd(&fd);
}

void notify_host(int fd, const char *text)
{
	int r = fd < 0 ? 0 : sys_send(fd, text, strlen(text), MSG_NOSIGNAL);

	if (r < 0)
		log_warn_errno(r, "Cannot report the container's state to systemd: %m");
}

/* Sets the SELinux context of sockets that this thread will make; NULL means the default. */
static int label_sockets(const char *context)
{
	_cleanup_(closep) int fd = open("/proc/thread-self/attr/sockcreate", O_WRONLY | O_CLOEXEC);

	if (!context)
		context = "\n";
	return fd < 0 || write(fd, context, strlen(context)) < 0 ? -errno : 0;
}

/* The container's processes may send only to sockets with their own context. Kernels that know PASS_RIGHTS then refuse
 * to send us descriptors; older ones, which do not know it, are what the timer of notify_receive() is for. */
static int make_socket(const char *context)
{
	int r = context ? label_sockets(context) : 0;
	_cleanup_(closep) int fd = r < 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (r == 0 &&
	    (fd < 0 || (setsockopt(fd, SOL_SOCKET, PASS_RIGHTS, &(int){ 0 }, sizeof(int)) < 0 && errno != ENOPROTOOPT)))
		r = -errno;
	if (r == 0 && context)
		r = label_sockets(NULL);
	return r < 0 ? r : steal_fd(&fd);
}

static void wake_up(int signal)
{
	(void)signal;
}

int notify_listen(const char *dir, const char *context)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/" HOST_NOTIFY, dir);
	_cleanup_(closep) int fd = -1;

	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (chmod(dir, 0755) < 0) /* whatever the umask */
		return -errno;
	if (sigaction(SIGALRM, &(struct sigaction){ .sa_handler = wake_up }, NULL) < 0)
		return -errno;
	unlink(address.sun_path);
	fd = make_socket(context);
	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(address.sun_path, 0600) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* A message may come with descriptors of sockets. The kernel drops them here, and waits as long as such a socket
 * lingers (SO_LINGER in socket(7)), or until a signal comes. The timer repeats because the first signal may come too
 * early. */
int notify_receive(int fd, char *text, size_t size)
{
	static const struct itimerval often = { { .tv_usec = PATIENCE_USEC }, { .tv_usec = PATIENCE_USEC } };
	int n;

	setitimer(ITIMER_REAL, &often, NULL);
	n = sys_recv(fd, text, size, MSG_DONTWAIT);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	return n;
}
