/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of the directories on the host in which the program keeps its state. */
#include "container/state-dirs.h"

#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/reservation.h"

int state_dirs_make(int root_fd)
{
	static const char *const directories[] = {
		RESERVATION_DIR "/" RESERVE_LEVELS,
		RESERVATION_DIR "/" RESERVE_IDS,
		RESERVATION_DIR "/" RESERVE_ADDRESSES,
		RESERVATION_DIR "/" RESERVE_MACS,
		RESERVATION_DIR "/" RESERVE_PORTS,
		ALLOW_DIR,
		GIVEN_DIR,
		UNDO_DIR,
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
	r = places_close_default(root_fd);
	return r < 0 ? r : changed;
}
