/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lock of a container is flock(2) on a file of its name. Whoever holds the lock removes the file, so a process
 * that waited for it checks that it has locked the file that is there now. */
#include "container/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"

/* A locked descriptor, or -errno. If the previous holder has removed the file, a new one is made and locked. */
static int lock_file(int root_fd, const char *path, int operation)
{
	for (;;) {
		_cleanup_(closep) int fd =
			rootfd_openat(root_fd, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0600, WALK_ROOT);
		struct stat st;
		int r = fd < 0 ? fd : 0;

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
	_cleanup_(freep) char *path = lock_path(name);
	int r = rootfd_mkdir_p(root_fd, LOCK_DIR), fd = r < 0 ? r : lock_file(root_fd, path, operation);

	if (fd == -EWOULDBLOCK)
		return -EAGAIN;
	if (fd < 0)
		return log_error_errno(fd, "Cannot lock '%s': %m", path);
	log_debug("Locked '%s'.", path);
	*ret = (struct lock){ root_fd, fd, steal_ptr(path) };
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
	atomic_file_remove(lock->root_fd, lock->path);
	closep(&lock->fd);
	free(lock->path);
	*lock = (struct lock)LOCK_INIT;
}
