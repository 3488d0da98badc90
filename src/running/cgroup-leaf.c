/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A control group for one command in a running container. It is made below the container's own group, and contains only
 * the command, so that all its processes can be killed at once. */
#include "running/cgroup-leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "base/rootfd.h"
#include "running/cgroup-scope.h"

#define REMOVE_TRIES 100 /* of 10 ms each */

/* Opens the group that libvirt makes for the container in its scope; the container sees no other. */
static int open_own(int root_fd, pid_t leader)
{
	_cleanup_(freep) char *scope = NULL, *own = NULL;
	int r = scope_path(root_fd, leader, &scope);

	if (r < 0)
		return r;
	own = xasprintf("%s/libvirt", scope);
	r = rootfd_openat(root_fd, own, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	return r == -ENOENT ? rootfd_openat(root_fd, scope, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT) : r;
}

static bool is_frozen(int group)
{
	_cleanup_(freep) char *events = NULL;

	return rootfd_read(group, "cgroup.events", WALK_TREE, 4096, &events, NULL) == 0 && strstr(events, "frozen 1");
}

static int make(struct cgroup_leaf *leaf)
{
	uint64_t id;

	if (random_bytes(&id, sizeof(id)) < 0)
		return -EIO;
	snprintf(leaf->name, sizeof(leaf->name), "execute-%016" PRIx64, id);
	if (mkdirat(leaf->parent, leaf->name, 0755) < 0) {
		leaf->name[0] = '\0';
		return -errno;
	}
	leaf->group = openat(leaf->parent, leaf->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (leaf->group < 0)
		return -errno;
	return is_frozen(leaf->group) ? -EBUSY : 0;
}

int cgroup_leaf_make(int root_fd, pid_t leader, struct cgroup_leaf *ret)
{
	struct cgroup_leaf leaf = CGROUP_LEAF_INIT;
	int r;

	leaf.parent = open_own(root_fd, leader);
	r = leaf.parent < 0 ? leaf.parent : make(&leaf);
	if (r < 0) {
		cgroup_leaf_remove(&leaf, true);
		return r;
	}
	*ret = leaf;
	return 0;
}

static void kill_all(int group)
{
	_cleanup_(closep) int fd = openat(group, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) < 0)
		return; /* the processes will end with the container */
}

/* Killed processes take a moment to disappear. */
static void remove_group(const struct cgroup_leaf *leaf, bool wait)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (unlinkat(leaf->parent, leaf->name, AT_REMOVEDIR) == 0 || errno != EBUSY || !wait)
			return;
		nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
	}
}

void cgroup_leaf_remove(struct cgroup_leaf *leaf, bool all)
{
	if (all && leaf->group >= 0)
		kill_all(leaf->group);
	if (leaf->name[0])
		remove_group(leaf, all);
	closep(&leaf->group);
	closep(&leaf->parent);
	*leaf = (struct cgroup_leaf)CGROUP_LEAF_INIT;
}
