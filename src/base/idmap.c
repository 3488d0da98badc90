/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts that show files with other owners than on disk, as a user namespace maps them: mount_setattr(2). */
#include "base/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strv.h"
#include "base/syscalls.h"

static int write_map(pid_t pid, const char *kind, const char *map)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/%s_map", pid, kind);
	_cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, map, strlen(map)) < 0 ? -errno : 0; /* the kernel accepts a map only in one write */
}

struct map {
	const struct idmap_range *ranges;
	size_t n;
};

static int write_ranges(pid_t pid, const char *kind, const struct map *map)
{
	_cleanup_(strv_done) struct strv lines = { 0 };
	_cleanup_(freep) char *text = NULL;

	for (size_t i = 0; i < map->n; i++)
		strv_addf(&lines, "%" PRIu32 " %" PRIu32 " %" PRIu32, map->ranges[i].disk, map->ranges[i].host,
			  map->ranges[i].count);
	text = strv_join(&lines, "\n");
	return write_map(pid, kind, text);
}

static int open_mapped(pid_t pid, const struct map *uids, const struct map *gids)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/ns/user", pid);
	int r = write_ranges(pid, "uid", uids), fd;

	if (r == 0)
		r = write_ranges(pid, "gid", gids);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_userns(const struct map *uids, const struct map *gids)
{
	/* A namespace needs a process in it until a descriptor refers to it. */
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args, sizeof(args));
	int r;

	if (pid < 0)
		return pid;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	r = open_mapped(pid, uids, gids);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

int idmap_userns_of(const struct idmap_range *uids, size_t n_uids, const struct idmap_range *gids, size_t n_gids)
{
	return make_userns(&(struct map){ uids, n_uids }, &(struct map){ gids, n_gids });
}

int idmap_userns(uint32_t base, uint32_t count)
{
	const struct idmap_range range = { 0, base, count };

	return idmap_userns_of(&range, 1, &range, 1);
}

/* The kernel takes no namespace without any mapping. */
int idmap_nobody(void)
{
	const struct idmap_range range = { UINT32_MAX - 1, UINT32_MAX - 1, 1 };

	return idmap_userns_of(&range, 1, &range, 1);
}

int idmap_set(int mount, int userns, unsigned int flags)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NODEV | (flags & IDMAP_READONLY ? MOUNT_ATTR_RDONLY : 0) |
			    (flags & IDMAP_NOSUID ? MOUNT_ATTR_NOSUID : 0) | (userns >= 0 ? MOUNT_ATTR_IDMAP : 0),
		.propagation = MS_PRIVATE,
		.userns_fd = userns >= 0 ? (uint64_t)userns : 0,
	};

	return sys_mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr));
}

int idmap_clone(int fd, int userns, unsigned int flags)
{
	_cleanup_(closep) int mount = sys_open_tree(fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = mount < 0 ? mount : idmap_set(mount, userns, flags);

	return r < 0 ? r : steal_fd(&mount);
}

int idmap_attach(int mount, const char *path)
{
	return sys_move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
}
