/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Package managers write a new file and rename it over the old one, which the kernel then calls deleted in the list of
 * what a process has mapped: proc(5), /proc/pid/maps. Only what is mapped for execution counts, and only from /usr,
 * which the container cannot write to. A container may have any number of processes, groups of them, and mappings; what
 * is read of all these has a limit, and a container can only make its own list wrong. */
#include "running/old-code.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/rootfd.h"
#include "running/cgroup-scope.h"

#define DEPTH_MAX 16
#define GROUPS_MAX 512
#define PROCESSES_MAX 1024
#define TEXT_MAX ((size_t)1024 * 1024) /* bytes; the maps of a process of a service have about 20 KiB */
#define MAPS_MAX (16 * TEXT_MAX)       /* bytes of all processes of a container */

struct search {
	int root_fd;
	size_t groups, processes, bytes;
	struct strv *ret;
	int r; /* the first error that says that this user may not know */
};

/* A line is 'ADDRESSES PERMISSIONS OFFSET DEVICE INODE   PATH', and a deleted file has ' (deleted)' at its end. */
static bool is_old(const char *line, size_t len)
{
	static const char end[] = " (deleted)";
	const char *permissions = memchr(line, ' ', len);
	const char *path = memchr(line, '/', len);

	return permissions && path && permissions + 4 < line + len && permissions[3] == 'x' && len > strlen(end) &&
	       strncmp(line + len - strlen(end), end, strlen(end)) == 0 && strncmp(path, "/usr/", strlen("/usr/")) == 0;
}

static bool runs_old_code(const char *maps)
{
	for (const char *line = maps; *line;) {
		size_t len = strcspn(line, "\n");

		if (is_old(line, len))
			return true;
		line += len + (line[len] == '\n');
	}
	return false;
}

static void look_at_process(struct search *s, const char *pid)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/maps", pid), *comm = xasprintf("/proc/%s/comm", pid);
	_cleanup_(freep) char *maps = NULL, *name = NULL;
	size_t size = 0;
	int r = rootfd_read(s->root_fd, path, WALK_ROOT, TEXT_MAX, &maps, &size);

	s->bytes += r == -EFBIG ? TEXT_MAX : size;
	if (r == -EACCES || r == -EPERM)
		s->r = -EACCES;
	if (r < 0 || !runs_old_code(maps) || rootfd_read(s->root_fd, comm, WALK_ROOT, 256, &name, NULL) < 0)
		return;
	name[strcspn(name, "\n")] = '\0';
	strv_add_once(s->ret, name);
}

static void look_at_group(struct search *s, int group, int depth)
{
	_cleanup_(freep) char *list = NULL;
	_cleanup_(strv_done) struct strv pids = { 0 };
	_cleanup_(closedirp) DIR *d = NULL;

	if (s->groups++ >= GROUPS_MAX)
		return;
	if (rootfd_read(group, "cgroup.procs", WALK_TREE, TEXT_MAX, &list, NULL) == 0)
		strv_split(&pids, list, "\n");
	for (size_t i = 0; i < pids.n && s->bytes < MAPS_MAX && s->processes++ < PROCESSES_MAX; i++)
		look_at_process(s, pids.v[i]);
	if (depth == DEPTH_MAX || rootfd_opendir(group, ".", WALK_TREE, &d) < 0)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		_cleanup_(closep) int below = -1;

		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		below = rootfd_openat(group, e->d_name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
		if (below >= 0)
			look_at_group(s, below, depth + 1);
	}
}

int old_code_find(int root_fd, pid_t leader, struct strv *ret)
{
	struct search s = { .root_fd = root_fd, .ret = ret };
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closep) int group = -1;
	int r = scope_path(root_fd, leader, &path);

	if (r == 0)
		r = group = rootfd_openat(root_fd, path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	if (r < 0)
		return r;
	look_at_group(&s, group, 0);
	return ret->n > 0 ? 0 : s.r;
}
