/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks a hostile tree. The path down is kept as the inodes of the directories, not as descriptors, because a tree can
 * be deeper than a process may have descriptors. The way up is '..', which must be the same directory as on the way
 * down. */
#include "base/tree-walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"

struct step {
	dev_t dev;
	ino_t ino;
	struct strv directories; /* below it */
	size_t next;		 /* the first of them not walked yet */
};

struct walker {
	const struct tree_visitor *visitor;
	int first_error;
	struct step *steps;
	size_t n;
};

static void walker_done(struct walker *w)
{
	for (size_t i = 0; i < w->n; i++)
		strv_done(&w->steps[i].directories);
	free(w->steps);
}

static void note(struct walker *w, int r)
{
	if (r < 0 && w->first_error == 0)
		w->first_error = r;
}

static bool is_over(const struct walker *w)
{
	return w->visitor->stops && w->first_error < 0;
}

static void visit_name(struct walker *w, int dir, const char *name, struct strv *directories)
{
	_cleanup_(closep) int fd = rootfd_openat(dir, name, O_PATH | O_NOFOLLOW, 0, WALK_MOUNT);
	struct tree_item item = { .dir = dir, .fd = fd, .name = name };
	int r = fd;

	if (fd == -ENOENT)
		return;
	if (fd >= 0)
		r = fstat(fd, &item.st) < 0 ? -errno : w->visitor->visit(w->visitor->data, &item);
	note(w, r);
	if (r <= 0 && S_ISDIR(item.st.st_mode))
		strv_add(directories, name);
}

static int visit_names(struct walker *w, int dir, struct strv *directories)
{
	_cleanup_(closedirp) DIR *d = NULL;
	int r = rootfd_opendir(dir, ".", WALK_TREE, &d);

	if (r < 0)
		return r;
	errno = 0;
	for (struct dirent *e; !is_over(w) && (e = readdir(d)); errno = 0)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			visit_name(w, dir, e->d_name, directories);
	return -errno;
}

/* Makes 'dir' the current directory of the walk. */
static void enter(struct walker *w, int dir, const char *name)
{
	struct step step = { 0 };
	struct stat st;

	if (fstat(dir, &st) == 0)
		step = (struct step){ .dev = st.st_dev, .ino = st.st_ino };
	if (w->visitor->enter)
		note(w, w->visitor->enter(w->visitor->data, dir, name));
	if (!is_over(w))
		note(w, visit_names(w, dir, &step.directories));
	grow(w->steps, w->n);
	w->steps[w->n++] = step;
}

/* Leaves the current directory for its parent. A descriptor of that, or -errno. */
static int leave(struct walker *w, int dir)
{
	_cleanup_(closep) int up = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct step *step;
	struct stat st;

	strv_done(&w->steps[--w->n].directories);
	if (up < 0 || fstat(up, &st) < 0)
		return -errno;
	step = &w->steps[w->n - 1];
	if (st.st_dev != step->dev || st.st_ino != step->ino)
		return -ESTALE;
	return steal_fd(&up);
}

/* The directory to walk after 'dir', whose entries have all been visited: one below it, or else its parent. A
 * descriptor, or -errno: -ENODATA at the end. */
static int next(struct walker *w, int dir)
{
	while (!is_over(w) && w->steps[w->n - 1].next < w->steps[w->n - 1].directories.n) {
		struct step *step = &w->steps[w->n - 1];
		const char *name = step->directories.v[step->next++];
		int fd = rootfd_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_MOUNT);

		if (fd >= 0) {
			enter(w, fd, name);
			return fd;
		}
		note(w, fd == -ENOENT ? 0 : fd);
	}
	if (!is_over(w) && w->visitor->leave)
		note(w, w->visitor->leave(w->visitor->data, dir));
	return w->n == 1 || is_over(w) ? -ENODATA : leave(w, dir);
}

int tree_walk(int top, const struct tree_visitor *visitor)
{
	_cleanup_(walker_done) struct walker w = { .visitor = visitor };
	_cleanup_(closep) int path = rootfd_openat(top, ".", O_PATH | O_DIRECTORY, 0, WALK_MOUNT);
	_cleanup_(closep) int dir = rootfd_openat(top, ".", O_RDONLY | O_DIRECTORY, 0, WALK_MOUNT);
	struct tree_item item = { .dir = -1, .fd = path, .name = "" };
	int fd;

	if (path < 0 || dir < 0)
		return path < 0 ? path : dir;
	if (fstat(path, &item.st) < 0)
		return -errno;
	note(&w, visitor->visit(visitor->data, &item));
	enter(&w, dir, "");
	while ((fd = next(&w, dir)) >= 0) {
		closep(&dir);
		dir = fd;
	}
	return fd == -ENODATA ? w.first_error : fd;
}
