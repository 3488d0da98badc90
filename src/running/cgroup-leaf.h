/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A control group for one command, in a running container's own: under its limits, and killed with it. A group of its
 * own, because those of the container's systemd hold either processes or other groups, and because no process of the
 * container should have a say in it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct cgroup_leaf {
	int parent;
	int group; /* the directory */
	char name[40];
};

#define CGROUP_LEAF_INIT ((struct cgroup_leaf){ .parent = -1, .group = -1 })

/* Makes one in the container of process 'leader'. 0; -EBUSY when the container is frozen; or another -errno. */
int cgroup_leaf_make(int root_fd, pid_t leader, struct cgroup_leaf *ret);

/* Takes it away, and with 'all' what still runs in it. Else, or where that does not help, it goes with the
 * container. */
void cgroup_leaf_remove(struct cgroup_leaf *leaf, bool all);
