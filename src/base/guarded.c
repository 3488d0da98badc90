/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk that looks at the owner and the mode of each directory, through the descriptor that it walks on with. The
 * group's bits of a mode are the mask of an access list (acl(5)), so the mode shows if anybody else can write. Sticky
 * directories such as /tmp are not root's alone either: a name that does not exist in them, anybody can make. */
#include "base/guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "base/util.h"

#define TURNS_MAX 40 /* links and '..' on one way: as many as the kernel follows, path_resolution(7) */

/* What may come last on the way. */
enum last {
	DIRECTORY,
	GUARDED_DIRECTORY, /* it is checked as those before it are */
	ANYTHING,
};

/* One directory on the way. */
struct step {
	int fd;
	struct stat st;
	const char *rest; /* of the path, from the next name on */
};

void way_done(struct way *way)
{
	free(way->culprit);
	*way = (struct way){ 0 };
}

bool users_can_write(const struct stat *st)
{
	return st->st_uid != 0 || (st->st_mode & (S_IWGRP | S_IWOTH));
}

bool users_can_rename(const struct stat *dir)
{
	return dir->st_uid != 0 || (users_can_write(dir) && !(dir->st_mode & S_ISVTX));
}

static bool is_closed(const struct stat *dir)
{
	return dir->st_uid == 0 && !(dir->st_mode & (S_IXGRP | S_IXOTH));
}

/* The part of 'path' before 'rest', which points into it, with no slash at its end; "/" if that is all. */
static char *path_before(const char *path, const char *rest)
{
	size_t n = (size_t)(rest - path);

	while (n > 0 && path[n - 1] == '/')
		n--;
	return n ? xstrndup(path, n) : xstrdup("/");
}

static int refuse(struct way *way, int r, const char *path, const char *rest)
{
	way->culprit = path_before(path, rest);
	return r;
}

static int open_step(int dir, const char *name, int flags, struct step *step)
{
	_cleanup_(closep) int fd = openat(dir, name, flags | O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &step->st) < 0)
		return -errno;
	closep(&step->fd);
	step->fd = steal_fd(&fd);
	return 0;
}

/* The path to go on with from a link called 'name', of which 'before' comes before it and 'rest' after. No link and no
 * '..' is in 'before'. NULL if it is no link. */
static char *turn(int dir, const char *before, const char *name, const char *rest)
{
	char target[4096];
	ssize_t n;

	if (strcmp(name, "..") == 0) {
		_cleanup_(freep) char *above = path_before(before, strrchr(before, '/'));

		return xasprintf("%s%s", above, rest);
	}
	n = readlinkat(dir, name, target, sizeof(target) - 1);
	if (n <= 0)
		return NULL;
	target[n] = '\0';
	if (target[0] == '/')
		return xasprintf("%s%s", target, rest);
	return xasprintf("%s/%s%s", strcmp(before, "/") == 0 ? "" : before, target, rest);
}

/* Goes on to the next name: 1, 0 at the end, or -errno. At a link, *ret_turn is the path to begin again with. */
static int walk_on(const char *path, enum guard guard, struct step *step, struct way *way, char **ret_turn)
{
	_cleanup_(freep) char *name = NULL, *before = NULL;
	const char *end;
	int r = 0;

	way->closed |= is_closed(&step->st);
	step->rest += strspn(step->rest, "/");
	end = step->rest + strcspn(step->rest, "/");
	if (end == step->rest)
		return 0;
	if (guard != GUARD_USERS && users_can_write(&step->st))
		return refuse(way, -EPERM, path, step->rest);
	name = xstrndup(step->rest, (size_t)(end - step->rest));
	before = path_before(path, step->rest);
	if (strcmp(name, "..") != 0) {
		struct stat dir = step->st;

		r = open_step(step->fd, name, O_DIRECTORY, step);
		if (r == 0 && guard == GUARD_USERS && step->st.st_uid == 0 && users_can_rename(&dir))
			return refuse(way, -EPERM, path, end);
		step->rest = end;
		if (r != -ENOTDIR && r != -ELOOP)
			return r < 0 ? r : 1;
	}
	*ret_turn = turn(step->fd, before, name, end);
	if (!*ret_turn)
		return -ENOTDIR;
	return guard == GUARD_ROOT ? 1 : refuse(way, -ELOOP, path, end);
}

/* Begins at the root, and again with another path after each link: all before the link is checked once more, and so is
 * what '..' refers to. */
static int walk(int root_fd, const char *path, enum guard guard, struct way *way, enum last last)
{
	_cleanup_(freep) char *current = xasprintf("/%s", path + strspn(path, "/"));

	*way = (struct way){ 0 };
	for (int turns = 0; turns <= TURNS_MAX; turns++) {
		struct step step = { .fd = -1, .rest = current };
		_cleanup_(freep) char *next = NULL;
		int r = open_step(root_fd, ".", O_DIRECTORY, &step);

		way->closed = false;
		if (r == 0)
			do
				r = walk_on(current, guard, &step, way, &next);
			while (r > 0 && !next);
		if (r == -ENOTDIR && last == ANYTHING && !*step.rest) /* the last name is not a directory or link */
			r = open_step(step.fd, strrchr(current, '/') + 1, 0, &step);
		if (r == 0 && last == GUARDED_DIRECTORY && users_can_write(&step.st))
			r = refuse(way, -EPERM, current, current + strlen(current));
		if (r == 0)
			return step.fd;
		closep(&step.fd);
		if (r < 0)
			return r;
		free(current);
		current = steal_ptr(next);
	}
	return refuse(way, -ELOOP, path, path + strlen(path));
}

int guarded_open(int root_fd, const char *path, enum guard guard, struct way *way)
{
	return walk(root_fd, path, guard, way, DIRECTORY);
}

int guarded_open_dir(int root_fd, const char *path, enum guard guard, struct way *way)
{
	return walk(root_fd, path, guard, way, GUARDED_DIRECTORY);
}

bool guarded_is_roots(int root_fd, const char *dir)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = guarded_open_dir(root_fd, dir, GUARD_ROOT_NO_LINKS, &way);

	return fd >= 0;
}

/* Also looks at what the way leads to. */
static int find_real(int root_fd, const char *path, char **ret, struct stat *st)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = walk(root_fd, path, GUARD_ROOT, &way, ANYTHING);

	if (fd < 0)
		return fd;
	if (fstat(fd, st) < 0)
		return -errno;
	*ret = rootfd_path_of(root_fd, fd);
	return *ret ? 0 : -ENOENT;
}

int guarded_realpath(int root_fd, const char *path, char **ret)
{
	struct stat st;

	return find_real(root_fd, path, ret, &st);
}

/* Nobody but root can exchange the file before it is opened, since its path has no links and all directories in it are
 * root's. */
int guarded_read(int root_fd, const char *path, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_(freep) char *real = NULL;
	struct stat st;
	int r = find_real(root_fd, path, &real, &st);

	if (r < 0)
		return r;
	if (users_can_write(&st))
		return -EPERM;
	return rootfd_read(root_fd, real, WALK_TREE, max, ret, ret_size);
}
