/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of sd_notify(3) without libsystemd, which the monitor does not link. */
#include "monitor/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "container/paths.h"

void notify_host(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	_cleanup_(closep) int fd = -1;

	if (len == 0 || len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, len);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_warn_errno(errno, "Cannot report the container's state to systemd: %m");
}

/* Sets the SELinux context of sockets that this thread makes from now on; NULL: the default again. */
static int label_sockets(const char *context)
{
	_cleanup_(closep) int fd = open("/proc/thread-self/attr/sockcreate", O_WRONLY | O_CLOEXEC);

	if (!context)
		context = "\n";
	return fd < 0 || write(fd, context, strlen(context)) < 0 ? -errno : 0;
}

/* The container's processes may send only to sockets with their own context. */
static int make_socket(const char *context)
{
	int r = context ? label_sockets(context) : 0;
	_cleanup_(closep) int fd = r < 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (r == 0 && fd < 0)
		r = -errno;
	if (r == 0 && context)
		r = label_sockets(NULL);
	return r < 0 ? r : steal_fd(&fd);
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
	unlink(address.sun_path);
	fd = make_socket(context);
	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || chmod(address.sun_path, 0600) < 0)
		return -errno;
	return steal_fd(&fd);
}
