/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reservations are files, in a directory for each kind. Creating a file with O_EXCL decides who gets a value; reading
 * the directory tells which values are taken. */
#include "container/reservation.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"

#define OWNER_MAX 256 /* bytes, for a container's name */

int reservation_list(int root_fd, const char *kind, struct strv *ret)
{
	_cleanup_(freep) char *dir = xasprintf(RESERVATION_DIR "/%s", kind);
	int r = rootfd_list(root_fd, dir, WALK_ROOT, ret);

	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot read directory '%s': %m", dir);
	return 0;
}

int reservation_owner(int root_fd, const char *kind, const char *value, char **ret)
{
	_cleanup_(freep) char *path = reservation_path(kind, value);

	return rootfd_read(root_fd, path, WALK_ROOT, OWNER_MAX, ret, NULL);
}

static int release_one(int root_fd, const char *kind, const char *value, const char *name)
{
	_cleanup_(freep) char *path = reservation_path(kind, value);
	_cleanup_(freep) char *owner = NULL;
	_cleanup_(closep) int dir = -1;
	const char *last;
	int r = reservation_owner(root_fd, kind, value, &owner);

	if (r == 0 && strcmp(owner, name) != 0)
		return 0;
	if (r == 0) {
		dir = rootfd_parent(root_fd, path, WALK_ROOT, &last);
		r = dir < 0 ? dir : unlinkat(dir, last, 0) < 0 ? -errno : 0;
	}
	return r == 0 || r == -ENOENT ? 0 : log_error_errno(r, "Cannot release '%s': %m", path);
}

int reservation_release(int root_fd, const char *name)
{
	static const char *const kinds[] = { RESERVE_LEVELS, RESERVE_IDS, RESERVE_ADDRESSES, RESERVE_MACS,
					     RESERVE_PORTS };
	int first = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_(strv_done) struct strv values = { 0 };
		int r = reservation_list(root_fd, kinds[k], &values);

		for (size_t i = 0; i < values.n; i++) {
			int e = release_one(root_fd, kinds[k], values.v[i], name);

			r = r ? r : e;
		}
		first = first ? first : r;
	}
	return first;
}
