/* See hostdirs.h. */
#include "hostdirs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "build.h"
#include "log.h"
#include "reserve.h"
#include "rootfd.h"

/* On the disk a container's root is root: the host's users must not reach the set-user-ID programs that it may make.
 * libvirt's packages leave the directory open. */
static int close_to_others(int root_fd, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!(st.st_mode & 077))
		return 0;
	return fchmod(fd, 0700) < 0 ? -errno : 1;
}

static int make_directory(int root_fd, const char *path)
{
	struct stat st;
	int r;

	if (rootfd_lstat(root_fd, path, WALK_ROOT, &st) == 0)
		return 0;
	r = rootfd_mkdir_p(root_fd, path);
	return r < 0 ? r : 1;
}

int hostdirs_make(int root_fd)
{
	static const struct {
		const char *path;
		bool closed;
	} directories[] = {
		{ RESERVE_DIR "/" RESERVE_LEVELS, false },
		{ RESERVE_DIR "/" RESERVE_IDS, false },
		{ RESERVE_DIR "/" RESERVE_ADDRESSES, false },
		{ RESERVE_DIR "/allow", false },
		{ RECORD_DIR, false },
		{ CONTAINERS_DIR, true },
		{ "/etc/systemd/system", false },
	};
	int changed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		int r = make_directory(root_fd, directories[i].path);

		if (r < 0)
			return log_error_errno(r, "Cannot make directory '%s': %m", directories[i].path);
		changed |= r;
		if (!directories[i].closed)
			continue;
		r = close_to_others(root_fd, directories[i].path);
		if (r < 0)
			return log_error_errno(r, "Cannot close directory '%s' to other users: %m", directories[i].path);
		changed |= r;
	}
	return changed;
}
