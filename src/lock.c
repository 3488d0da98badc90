/* See lock.h. */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "log.h"
#include "rootfd.h"

#define LOCK_DIR "/run/lock/virt-sandbox-service"

int lock_container(int root_fd, const char *name)
{
	_cleanup_(freep) char *path = xasprintf(LOCK_DIR "/%s", name);
	_cleanup_(closep) int fd = -1;
	int r = rootfd_mkdir_p(root_fd, LOCK_DIR);

	if (r == 0) {
		fd = rootfd_openat(root_fd, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY, 0600, WALK_ROOT);
		r = fd < 0 ? fd : 0;
	}
	while (r == 0 && flock(fd, LOCK_EX) < 0)
		r = errno == EINTR ? 0 : -errno;
	if (r < 0)
		return log_error_errno(r, "Cannot lock '%s': %m", path);
	return steal_fd(&fd);
}
