/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A control group for one command in a running container, under the container's limits and killed with it. The groups
 * of the container's systemd cannot be used: in cgroup2, a group holds either processes or other groups (cgroups(7)),
 * and no process of the container should be able to change this one. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct cgroup_leaf {
	int parent;
	int group; /* the directory */
	char name[40];
};

#define CGROUP_LEAF_INIT ((struct cgroup_leaf){ .parent = -1, .group = -1 })

/* Makes a group in the container of process 'leader'. 0; -EBUSY if the container is frozen; or another -errno. */
int cgroup_leaf_make(int root_fd, pid_t leader, struct cgroup_leaf *ret);

/* Removes the group; with 'all', kills what still runs in it first. A group that cannot be removed disappears with the
 * container. */
void cgroup_leaf_remove(struct cgroup_leaf *leaf, bool all);
