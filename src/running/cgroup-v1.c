/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See hierarchy.h. */
#include "running/cgroup-v1.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"

/* Where the hierarchy is mounted; caller frees. NULL where it is not. */
static char *find_mount(const char *controllers)
{
	_cleanup_(endmntentp) FILE *table = setmntent("/proc/self/mounts", "re");
	_cleanup_(freep) char *first = xstrndup(controllers, strcspn(controllers, ","));
	struct mntent *entry;

	while (table && (entry = getmntent(table)))
		if (strcmp(entry->mnt_type, "cgroup") == 0 && hasmntopt(entry, first))
			return xstrdup(entry->mnt_dir);
	return NULL;
}

/* 'line' is one of /proc/PID/cgroup, 'ID:CONTROLLERS:PATH'. -ENODATA when it does not concern us. */
static int open_line(int root_fd, const char *line)
{
	const char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
	_cleanup_(freep) char *names = NULL, *mount = NULL, *path = NULL;

	if (!group || group == controllers + 1) /* version 2 names none */
		return -ENODATA;
	names = xstrndup(controllers + 1, (size_t)(group - controllers - 1));
	mount = find_mount(names);
	if (!mount)
		return -ENODATA;
	path = xasprintf("%s%s/cgroup.procs", mount, group + 1);
	return rootfd_openat(root_fd, path, O_WRONLY, 0, WALK_ROOT);
}

static int read_lines(int root_fd, const char *path, struct strv *ret)
{
	_cleanup_(freep) char *text = NULL;
	int r = rootfd_read(root_fd, path, WALK_ROOT, 65536, &text, NULL);

	if (r == 0)
		strv_split(ret, text, "\n");
	return r;
}

static void close_all(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		close(fds[i]);
}

int hierarchies_open(int root_fd, pid_t pid, int ret[])
{
	_cleanup_(freep) char *path = xasprintf("/proc/%d/cgroup", pid), *own = xasprintf("/proc/%d/cgroup", getpid());
	_cleanup_(strv_done) struct strv lines = { 0 }, ours = { 0 };
	int r = read_lines(root_fd, path, &lines), n = 0;

	if (r == 0)
		r = read_lines(root_fd, own, &ours);
	for (size_t i = 0; r == 0 && i < lines.n && n < HIERARCHIES_MAX; i++) {
		int fd = strv_has(&ours, lines.v[i]) ? -ENODATA : open_line(root_fd, lines.v[i]);

		if (fd >= 0)
			ret[n++] = fd;
		else if (fd != -ENODATA)
			r = fd;
	}
	if (r < 0)
		close_all(ret, n);
	return r < 0 ? r : n;
}
