/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of kernel limits that hundreds of containers would exceed, each with a reason. */
#include "cli/sysctl.h"

#include <errno.h>
#include <string.h>

#include "base/rootfd.h"

const struct kernel_limit kernel_limits[] = {
	{ "/proc/sys/fs/inotify/max_user_instances", "fs.inotify.max_user_instances", 65536, 5,
	  "about 5 for each container" },
	{ "/proc/sys/fs/inotify/max_user_watches", "fs.inotify.max_user_watches", 1048576, 100,
	  "about 100 for each container" },
	{ "/proc/sys/kernel/keys/maxkeys", "kernel.keys.maxkeys", 20000, 20, "one session for each service" },
	{ "/proc/sys/kernel/keys/maxbytes", "kernel.keys.maxbytes", 2000000, 2000, "one session for each service" },
	{ "/proc/sys/net/ipv4/neigh/default/gc_thresh3", "net.ipv4.neigh.default.gc_thresh3", 16384, 1,
	  "one neighbour for each container" },
	{ "/proc/sys/kernel/pty/max", "kernel.pty.max", 65536, 16, "a console and some terminals for each container" },
	{ 0 },
};

int kernel_limit_read(int root_fd, const struct kernel_limit *limit, uint64_t *ret)
{
	_cleanup_(freep) char *text = NULL;
	int r = rootfd_read(root_fd, limit->path, WALK_ROOT, 64, &text, NULL);

	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, UINT64_MAX, ret);
}
