/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reservations are files, in a directory for each kind. Creating a file with O_EXCL decides who gets a value; reading
 * the directory tells which values are taken. */
#include "container/reservation.h"

#include <errno.h>
#include <string.h>

#include "base/atomic-file.h"
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

int reservation_paths(int root_fd, const char *name, struct strv *ret)
{
	static const char *const kinds[] = { RESERVE_LEVELS, RESERVE_IDS, RESERVE_ADDRESSES, RESERVE_MACS,
					     RESERVE_PORTS };
	int first = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_(strv_done) struct strv values = { 0 };
		int r = reservation_list(root_fd, kinds[k], &values);

		for (size_t i = 0; i < values.n; i++) {
			_cleanup_(freep) char *owner = NULL;
			int e = reservation_owner(root_fd, kinds[k], values.v[i], &owner);

			if (e == 0 && strcmp(owner, name) == 0)
				strv_take(ret, reservation_path(kinds[k], values.v[i]));
			else if (e < 0 && e != -ENOENT)
				r = log_error_errno(e, "Cannot read reservation '%s' of kind '%s': %m", values.v[i],
						    kinds[k]);
		}
		first = first ? first : r;
	}
	return first;
}

int reservation_release(int root_fd, const char *name)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int first = reservation_paths(root_fd, name, &paths);

	for (size_t i = 0; i < paths.n; i++) {
		int r = atomic_file_remove(root_fd, paths.v[i]);

		if (r < 0 && r != -ENOENT)
			log_error_errno(r, "Cannot release '%s': %m", paths.v[i]);
		first = first || r == -ENOENT ? first : r;
	}
	return first;
}
