/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock of a container is flock(2) on a file of its name. The holder removes the file when it releases the lock, so
 * a process that waited for it checks whether the file it has locked is still the current one. Nobody but root may be
 * able to reach the file: anybody who can open it can hold the lock. */
#include "container/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"

/* The directory of the locks, made if it is missing: a descriptor, or -errno after a message. */
static int open_dir(int root_fd)
{
	_cleanup_(way_done) struct way way = { 0 };
	int r = rootfd_mkdir_p(root_fd, LOCK_DIR);
	int fd = r < 0 ? r : guarded_open_dir(root_fd, LOCK_DIR, GUARD_ROOT_NO_LINKS, &way);

	if (fd == -EPERM || fd == -ELOOP || fd == -ENOTDIR)
		return log_error_errno(fd, "'%s' must be a directory that only root can write to.",
				       way.culprit ? way.culprit : LOCK_DIR);
	if (fd < 0)
		return log_error_errno(fd, "Cannot create directory '" LOCK_DIR "': %m");
	return fd;
}

/* A locked descriptor, or -errno. If the previous holder has removed the file, creates and locks a new one. */
static int lock_file(int dir, const char *name, int operation)
{
	for (;;) {
		_cleanup_(closep) int fd =
			openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600);
		struct stat st;
		int r = fd < 0 ? -errno : 0;

		while (r == 0 && flock(fd, operation) < 0)
			r = errno == EINTR ? 0 : -errno;
		if (r == 0 && fstat(fd, &st) < 0)
			r = -errno;
		if (r < 0)
			return r;
		if (st.st_nlink > 0)
			return steal_fd(&fd);
	}
}

static int take(int root_fd, const char *name, int operation, struct lock *ret)
{
	_cleanup_(closep) int dir = open_dir(root_fd);
	int fd = dir < 0 ? dir : lock_file(dir, name, operation);

	if (dir < 0)
		return dir;
	if (fd == -EWOULDBLOCK)
		return -EAGAIN;
	if (fd < 0)
		return log_error_errno(fd, "Cannot lock '" LOCK_DIR "/%s': %m", name);
	log_debug("Locked '" LOCK_DIR "/%s'.", name);
	*ret = (struct lock){ steal_fd(&dir), fd, xstrdup(name) };
	return 0;
}

int lock_container(int root_fd, const char *name, struct lock *ret)
{
	return take(root_fd, name, LOCK_EX, ret);
}

int lock_try(int root_fd, const char *name, struct lock *ret)
{
	return take(root_fd, name, LOCK_EX | LOCK_NB, ret);
}

void lock_done(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	unlinkat(lock->dir, lock->name, 0);
	closep(&lock->fd);
	closep(&lock->dir);
	free(lock->name);
	*lock = (struct lock)LOCK_INIT;
}
