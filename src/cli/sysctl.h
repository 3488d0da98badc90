/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What hundreds of containers need of the kernel, each with its own systemd, journal and bus. */
#pragma once

#include "base/util.h"

struct kernel_limit {
	const char *path, *key;
	uint64_t least;
	unsigned int each; /* how much of it one container takes, about */
	const char *reason;
};
extern const struct kernel_limit kernel_limits[]; /* ends with a NULL path */

/* Its value now. 0, or -errno: -ENOENT where the kernel has no such limit. */
int kernel_limit_read(int root_fd, const struct kernel_limit *limit, uint64_t *ret);
