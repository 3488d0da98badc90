/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks '/usr/local' at each start, because a mode can change at any time. Only the host's root can write there, and
 * users to whom root has given that right. */
#include "virt/closed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/context.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/record.h"

#define TOP "/usr/local"
#define CLOSED_MAX 1000 /* each becomes a mount in every container */
#define DEPTH_MAX 64

struct walk_closed {
	const struct strv *local; /* the service's */
	struct strv closed;
};

/* Where a path is, compared with the service's own paths. */
enum side { ELSEWHERE, ABOVE, INSIDE };

static enum side side_of(const struct strv *local, const char *path)
{
	enum side side = ELSEWHERE;

	for (size_t i = 0; i < local->n; i++) {
		if (path_within(path, local->v[i]))
			return INSIDE;
		if (path_within(local->v[i], path))
			side = ABOVE;
	}
	return side;
}

static int add(struct walk_closed *w, const char *path)
{
	if (w->closed.n >= CLOSED_MAX)
		return -E2BIG;
	strv_add(&w->closed, path);
	return 0;
}

/* Whether nothing has to be covered where opening failed: another file system, which the container does not have; a
 * file that is already gone; or one that even the host's root may not open. After any other error, a closed file that
 * was not seen would be open in the container. */
static bool may_skip(int error)
{
	return error == -EXDEV || error == -ENOENT || error == -EACCES;
}

static int walk_directory(struct walk_closed *w, int fd, const char *path, bool closed, unsigned int depth);

/* 'closed': whether a directory above it is. */
static int walk_name(struct walk_closed *w, int dir, const char *name, const char *path, bool closed,
		     unsigned int depth)
{
	_cleanup_(closep) int fd = -1;
	enum side side = side_of(w->local, path);
	struct stat st;

	if (side == INSIDE)
		return 0;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return may_skip(-errno) ? 0 : -errno;
	if (S_ISLNK(st.st_mode))
		return 0;
	closed |= !(st.st_mode & (S_ISDIR(st.st_mode) ? S_IXOTH : S_IROTH));
	/* A directory as deep as that is covered without a look into it: no program keeps anything there. */
	if (side == ELSEWHERE && (closed || (S_ISDIR(st.st_mode) && depth >= DEPTH_MAX)))
		return add(w, path);
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = rootfd_openat(dir, name, O_RDONLY | O_DIRECTORY, 0, WALK_MOUNT);
	if (fd < 0)
		return may_skip(fd) ? 0 : fd;
	return walk_directory(w, fd, path, closed, depth);
}

static int walk_directory(struct walk_closed *w, int fd, const char *path, bool closed, unsigned int depth)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = rootfd_list(fd, ".", WALK_TREE, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		_cleanup_(freep) char *inner = xasprintf("%s/%s", path, names.v[i]);

		if (strchr(names.v[i], '\n'))
			return add(w, path); /* no name for the list, so its directory stands for it */
		r = walk_name(w, fd, names.v[i], inner, closed, depth + 1);
	}
	return r;
}

static int find(int root_fd, struct walk_closed *w)
{
	_cleanup_(closep) int usr = rootfd_openat(root_fd, "/usr", O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	struct stat st;
	int r = usr < 0 ? usr : fstatat(usr, "local", &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;

	return r < 0 ? r == -ENOENT ? 0 : r : walk_name(w, usr, "local", TOP, false, 0);
}

int closed_write(const struct context *context, const struct record *record, const char *path)
{
	struct walk_closed w = { .local = &record->local };
	_cleanup_(freep) char *lines = NULL;
	_cleanup_(freep) char *text = NULL;
	int r = find(context->root_fd, &w);

	if (r < 0) {
		strv_done(&w.closed);
		return r == -E2BIG
			       ? log_error_errno(r,
						 "More than %d files in '" TOP "' are closed to users, and container "
						 "'%s' would need a mount for each; close the directories that hold "
						 "them, such as with 'chmod o-x', or let users read the files.",
						 CLOSED_MAX, record->name)
			       : log_error_errno(r, "Cannot read '" TOP "': %m");
	}
	lines = strv_join(&w.closed, "\n");
	strv_done(&w.closed);
	text = xasprintf("%s\n", lines);
	r = atomic_file_write(context->root_fd, path, 0644, text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", path) : 0;
}
