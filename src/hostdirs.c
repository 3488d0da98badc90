/* See hostdirs.h. */
#include "hostdirs.h"

#include "build.h"
#include "log.h"
#include "reserve.h"
#include "rootfd.h"

int hostdirs_make(int root_fd)
{
	static const char *const directories[] = {
		RESERVE_DIR "/" RESERVE_LEVELS, RESERVE_DIR "/" RESERVE_IDS, RESERVE_DIR "/" RESERVE_ADDRESSES,
		RESERVE_DIR "/allow", RECORD_DIR, CONTAINERS_DIR, "/etc/systemd/system",
	};
	int changed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		struct stat st;
		int r;

		if (rootfd_lstat(root_fd, directories[i], WALK_ROOT, &st) == 0)
			continue;
		r = rootfd_mkdir_p(root_fd, directories[i]);
		if (r < 0)
			return log_error_errno(r, "Cannot make directory '%s': %m", directories[i]);
		changed = 1;
	}
	return changed;
}
