/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel limits that must be raised for hundreds of containers, each of which has its own systemd, journal and bus. */
#pragma once

#include "base/util.h"

struct kernel_limit {
	const char *path, *key;
	uint64_t least;
	unsigned int each; /* roughly what one container needs */
	const char *reason;
};
extern const struct kernel_limit kernel_limits[]; /* ends with a NULL path */

/* Reads the current value. 0; -ENOENT if this kernel has no such limit; or another -errno. */
int kernel_limit_read(int root_fd, const struct kernel_limit *limit, uint64_t *ret);
