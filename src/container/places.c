/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sentences, and which way is guarded how. */
#include "container/places.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/tree-image.h"

static bool is_default(const char *path)
{
	_cleanup_(freep) char *dir = path_parent(path);

	return strcmp(dir, CONTAINERS_DIR) == 0;
}

static enum guard guard_of(const char *path)
{
	return is_default(path) ? GUARD_ROOT : GUARD_ROOT_NO_LINKS;
}

static int say_refused(int r, const char *path, const struct way *way)
{
	if (r == -ELOOP)
		return log_error_errno(r,
				       "'%s' contains a symbolic link, '%s', which is not followed; use the path that "
				       "it leads to.",
				       path, way->culprit);
	if (r == -EPERM)
		return log_error_errno(
			r,
			"'%s' is not safe, because users other than root can change '%s' and put another "
			"directory in its place; every directory above it must belong to root and be "
			"writable only by root.",
			path, way->culprit);
	return log_error_errno(r, "Cannot open directory '%s': %m", path);
}

/* A descriptor for what needs more than O_PATH. */
static int close_to_users(int dir)
{
	_cleanup_(closep) int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0)
		return -EPERM;
	if ((st.st_mode & 077) == 0)
		return 0;
	return fchmod(fd, 0700) < 0 ? -errno : 1;
}

/* The default directory, closed: a descriptor, or -errno after a message. */
static int open_default(int root_fd)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = guarded_open(root_fd, CONTAINERS_DIR, GUARD_ROOT, &way);
	int r;

	if (fd < 0)
		return say_refused(fd, CONTAINERS_DIR, &way);
	r = close_to_users(fd);
	if (r < 0)
		return log_error_errno(r, "Cannot close '" CONTAINERS_DIR "' to other users: %m");
	if (r > 0)
		log_info("Closed '" CONTAINERS_DIR "' to all users but root.");
	return steal_fd(&fd);
}

int places_close_default(int root_fd)
{
	_cleanup_(closep) int fd = open_default(root_fd);

	return fd < 0 ? fd : 0;
}

int place_open_parent(int root_fd, const char *path, const char **ret_name)
{
	_cleanup_(freep) char *dir = path_parent(path);
	_cleanup_(way_done) struct way way = { 0 };
	int fd = guarded_open_dir(root_fd, dir, guard_of(path), &way);

	if (fd < 0)
		return fd == -ENOENT ? fd : say_refused(fd, path, &way);
	*ret_name = path + strlen(dir) + 1;
	return fd;
}

/* Many directories of a host have to be open to its users. */
static int say_open(const char *dir)
{
	_cleanup_(freep) char *advice =
		*dir ? xasprintf("if it is only for containers, 'chown root %s; chmod 700 %s' closes it.", dir, dir)
		     : xstrdup("use a directory that only root can enter.");

	return log_error_errno(
		-EPERM,
		"Users of the host can enter '%s', and could run set-user-ID programs that root in a container makes "
		"there; %s",
		*dir ? dir : "/", advice);
}

int place_open_closed(int root_fd, const char *path, const char **ret_name)
{
	_cleanup_(freep) char *dir = path_parent(path);
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = -1;
	struct stat st;

	fd = is_default(path) ? open_default(root_fd) : guarded_open(root_fd, dir, GUARD_ROOT_NO_LINKS, &way);
	if (fd < 0)
		return is_default(path) ? fd : say_refused(fd, *dir ? dir : "/", &way);
	if (fstat(fd, &st) < 0)
		return log_error_errno(errno, "Cannot look at '%s': %m", dir);
	if (st.st_uid != 0 || (st.st_mode & 077))
		return say_open(dir);
	*ret_name = path + strlen(dir) + 1;
	return steal_fd(&fd);
}

static bool is_image(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

bool place_has_image(int root_fd, const char *path)
{
	const char *name;
	_cleanup_(closep) int parent = rootfd_parent(root_fd, path, WALK_ROOT, &name);

	return parent >= 0 && is_image(parent, name);
}

int place_open_tree(int root_fd, const char *path, bool closed)
{
	const char *name = NULL;
	_cleanup_(closep) int parent =
		closed ? place_open_closed(root_fd, path, &name) : place_open_parent(root_fd, path, &name);
	int fd = parent;

	if (parent < 0 && (closed || parent != -ENOENT))
		return parent;
	if (parent >= 0 && is_image(parent, name))
		return tree_image_open(root_fd, parent, name, path);
	if (parent >= 0)
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (parent >= 0 && fd < 0)
		fd = -errno;
	return fd < 0 ? log_error_errno(fd, "Cannot open directory '%s': %m", path) : fd;
}

int place_open_source(int root_fd, const char *source, bool *ret_closed)
{
	_cleanup_(way_done) struct way way = { 0 };
	int fd = guarded_open(root_fd, source, GUARD_USERS, &way);

	if (fd == -EPERM)
		return log_error_errno(fd,
				       "'%s' cannot be mounted: '%s' belongs to root, but users of the host can put "
				       "another directory in its place; give it to the user, or move it to where only "
				       "root can rename it.",
				       source, way.culprit);
	if (fd < 0 && fd != -ELOOP)
		return log_error_errno(fd, "Cannot open directory '%s' to mount it in the container: %m", source);
	if (fd < 0)
		return say_refused(fd, source, &way);
	if (ret_closed)
		*ret_closed = way.closed;
	return fd;
}

int place_open_image(int root_fd, const char *path, bool readonly)
{
	_cleanup_(freep) char *dir = path_parent(path);
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int parent = guarded_open_dir(root_fd, *dir ? dir : "/", GUARD_ROOT_NO_LINKS, &way);
	_cleanup_(closep) int fd = -1;
	struct stat st;

	if (parent == -EPERM || parent == -ELOOP)
		return say_refused(parent, path, &way);
	if (parent < 0)
		return log_error_errno(parent, "Cannot open '%s' to mount it in the container: %m", path);
	/* O_NONBLOCK, because it may be a fifo. */
	fd = openat(parent, path + strlen(dir) + 1,
		    (readonly ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		return log_error_errno(
			-ELOOP, "'%s' is a symbolic link, which is not followed; use the path that it leads to.", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return log_error_errno(-errno, "Cannot open '%s' to mount it in the container: %m", path);
	if (!S_ISREG(st.st_mode))
		return log_error_errno(-EINVAL, "'%s' is not a file, and so not the image of a file system.", path);
	if (st.st_uid != 0 || users_can_write(&st))
		return log_error_errno(-EPERM,
				       "'%s' cannot be mounted, because users other than root can write to it, and the "
				       "kernel relies on what it reads there; 'chown root %s; chmod 600 %s' closes it.",
				       path, path, path);
	return steal_fd(&fd);
}
