/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories on the host in which the program keeps its state. The one that holds the containers' trees is closed
 * to other users, because root in a container can make set-user-ID programs there, which no user of the host may
 * reach. */
#include "container/state-dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "container/paths.h"
#include "base/log.h"
#include "container/reservation.h"

int state_dirs_guard(int root_fd)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, CONTAINERS_DIR, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 077) == 0)
		return 0;
	if (fd < 0 || fchmod(fd, 0700) < 0)
		return log_error_errno(fd < 0 ? fd : -errno, "Cannot close '%s' to other users: %m", CONTAINERS_DIR);
	log_info("Closed '%s' to all users but root.", CONTAINERS_DIR);
	return 0;
}

int state_dirs_guard_tree(int root_fd, const char *path)
{
	_cleanup_(freep) char *dir = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	_cleanup_(closep) int fd = -1;
	struct stat st;

	if (strcmp(dir, CONTAINERS_DIR) == 0)
		return state_dirs_guard(root_fd);
	fd = rootfd_openat(root_fd, *dir ? dir : "/", O_PATH | O_DIRECTORY, 0, WALK_TREE);
	if (fd == -ELOOP)
		return log_error_errno(fd, "'%s' contains a symbolic link; give the path that it leads to.", dir);
	if (fd < 0 || fstat(fd, &st) < 0)
		return log_error_errno(fd < 0 ? fd : -errno, "Cannot open directory '%s': %m", dir);
	if (st.st_uid == 0 && (st.st_mode & 077) == 0)
		return 0;
	return log_error_errno(-EPERM,
			       "Users of the host can enter '%s', and could run set-user-ID programs that root in a "
			       "container makes there; 'chown root %s; chmod 700 %s' closes it.",
			       *dir ? dir : "/", dir, dir);
}

enum walk state_dirs_walk(const char *path)
{
	const char *rest = skip_prefix(path, CONTAINERS_DIR "/");

	return rest && !strchr(rest, '/') ? WALK_ROOT : WALK_TREE;
}

int state_dirs_make(int root_fd)
{
	static const char *const directories[] = {
		RESERVATION_DIR "/" RESERVE_LEVELS,
		RESERVATION_DIR "/" RESERVE_IDS,
		RESERVATION_DIR "/" RESERVE_ADDRESSES,
		RESERVATION_DIR "/" RESERVE_MACS,
		RESERVATION_DIR "/" RESERVE_PORTS,
		ALLOW_DIR,
		RECORD_DIR,
		CONTAINERS_DIR,
		HOST_UNIT_DIR,
	};
	int changed = 0, r;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		struct stat st;

		if (rootfd_lstat(root_fd, directories[i], WALK_ROOT, &st) == 0)
			continue;
		r = rootfd_mkdir_p(root_fd, directories[i]);
		if (r < 0)
			return log_error_errno(r, "Cannot create directory '%s': %m", directories[i]);
		changed = 1;
	}
	r = state_dirs_guard(root_fd);
	return r < 0 ? r : changed;
}
