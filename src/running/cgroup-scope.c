/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control group of a running container on the host: the scope that systemd-machined made for it. The container can
 * make any number of groups in it, so counting stops at a limit. */
#include "running/cgroup-scope.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "systemd/manager.h"

#define CGROUP_DIR "/sys/fs/cgroup"
#define MAX_DEPTH 32
#define LIST_MAX (16 * 1024 * 1024) /* bytes */

int scope_limit(const struct record *record, pid_t leader)
{
	_cleanup_(bus_closep) struct sd_bus *bus = NULL;
	int r = systemd_connect(&bus);

	/* Beyond its memory limit, a container would use swap, which libvirt does not limit. */
	return r < 0 ? r
		     : systemd_limit(bus, leader, record->limits[LIMIT_TASKS], record->limits[LIMIT_IO_WEIGHT],
				     record->limits[LIMIT_MEMORY] == 0);
}

/* cgroups(7): a line '0::PATH'. */
int scope_leader_path(int root_fd, pid_t leader, char **ret)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/cgroup", leader);
	_cleanup_(freep) char *text = NULL;
	char *group;
	int r = rootfd_read(root_fd, path, WALK_ROOT, 65536, &text, NULL);

	if (r < 0)
		return r;
	group = strstr(text, "0::/");
	if (!group || (group != text && group[-1] != '\n'))
		return -ENODATA;
	*ret = xasprintf(CGROUP_DIR "%.*s", (int)strcspn(group + 3, "\n"), group + 3);
	return 0;
}

/* The container cannot choose the outer part of the path. */
int scope_path(int root_fd, pid_t leader, char **ret)
{
	_cleanup_(freep) char *path = NULL;
	char *end;
	int r = scope_leader_path(root_fd, leader, &path);

	if (r < 0)
		return r;
	end = strstr(path, ".scope/");
	if (!end)
		return -ENODATA;
	*ret = xstrndup(path, (size_t)(end - path) + strlen(".scope"));
	return 0;
}

static int scope_write(int root_fd, pid_t leader, const char *file, const char *text)
{
	_cleanup_(freep) char *scope = NULL, *path = NULL;
	_cleanup_(closep) int fd = -1;
	int r = scope_path(root_fd, leader, &scope);

	if (r < 0)
		return r;
	path = xasprintf("%s/%s", scope, file);
	fd = rootfd_openat(root_fd, path, O_WRONLY, 0, WALK_ROOT);
	if (fd < 0)
		return fd;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Root inside can set a limit of its own for the groups it sees, but not for the scope, which is above them. */
int scope_limit_groups(int root_fd, pid_t leader)
{
	_cleanup_(freep) char *text = xasprintf("%d", SCOPE_GROUPS_MAX);

	return scope_write(root_fd, leader, "cgroup.max.descendants", text);
}

int scope_freeze(int root_fd, pid_t leader)
{
	return scope_write(root_fd, leader, "cgroup.freeze", "1");
}

int scope_thaw(int root_fd, pid_t leader)
{
	return scope_write(root_fd, leader, "cgroup.freeze", "0");
}

struct census {
	uint64_t processes;
	unsigned int groups;
};

static void count_group(struct census *census, int group, unsigned int depth)
{
	_cleanup_(freep) char *list = NULL;
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *e;

	if (++census->groups > SCOPE_GROUPS_MAX || depth > MAX_DEPTH)
		return;
	if (rootfd_read(group, "cgroup.procs", WALK_TREE, LIST_MAX, &list, NULL) == 0)
		for (const char *c = list; *c; c++)
			census->processes += *c == '\n';
	if (rootfd_opendir(group, ".", WALK_TREE, &dir) < 0)
		return;
	while ((e = readdir(dir))) {
		_cleanup_(closep) int below = -1;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		below = openat(group, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			count_group(census, below, depth + 1);
	}
}

#define WATCHES 64 /* systemd has few slices, but the container can make any number */

/* Slices are in slices, and all are in libvirt's own groups. */
static int watch_slices(int inotify, int group, unsigned int depth, unsigned int *watches)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *e;
	int r = 0;

	if (rootfd_opendir(group, ".", WALK_TREE, &dir) < 0)
		return 0; /* it has ended meanwhile */
	while (r == 0 && (e = readdir(dir))) {
		_cleanup_(closep) int below = -1;
		bool slice = has_suffix(e->d_name, ".slice");
		char path[32];

		if (e->d_type != DT_DIR || e->d_name[0] == '.' || (!slice && strchr(e->d_name, '.')))
			continue;
		below = openat(group, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below < 0 || depth >= MAX_DEPTH || (slice && (*watches)++ >= WATCHES))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", below);
		if (slice && inotify_add_watch(inotify, path, IN_CREATE | IN_DELETE | IN_ONLYDIR) < 0)
			r = -errno;
		if (r == 0)
			r = watch_slices(inotify, below, depth + 1, watches);
	}
	return r;
}

int scope_watch(int root_fd, pid_t leader, int inotify)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closep) int group = -1;
	unsigned int watches = 0;
	int r = scope_path(root_fd, leader, &path);

	if (r < 0)
		return r;
	group = rootfd_openat(root_fd, path, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	return group < 0 ? group : watch_slices(inotify, group, 0, &watches);
}

int scope_processes(int root_fd, pid_t leader, uint64_t *ret)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closep) int group = -1;
	struct census census = { 0 };
	int r = scope_path(root_fd, leader, &path);

	if (r < 0)
		return r;
	group = rootfd_openat(root_fd, path, O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	if (group < 0)
		return group;
	count_group(&census, group, 0);
	*ret = census.processes;
	return 0;
}
