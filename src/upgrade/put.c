/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes paths of a stopped container's tree. A new file or link is made under another name and renamed over the old
 * one. */
#include "upgrade/put.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/rm-rf.h"

#define TEMPORARY ".virt-sandbox-new"

/* The permissions come last: a change of the owner clears some of them. */
static int give(int fd, const struct version *to)
{
	return fchown(fd, to->uid, to->gid) < 0 || fchmod(fd, to->mode) < 0 ? -errno : 0;
}

/* A descriptor that can be read from, of a file that is known by an O_PATH descriptor to be harmless to open. */
static int reopen(int fd)
{
	char self[32];
	int f;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	f = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return f < 0 ? -errno : f;
}

int put_open(int tree, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(tree, path, O_PATH | O_NOFOLLOW, 0, WALK_TREE);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? reopen(fd) : -EINVAL;
}

static int fill(int fd, const struct version *to, int like, bool times)
{
	struct stat st = { 0 };
	bool no_reflink = false;
	int r = 0;

	if (like >= 0 && fstat(like, &st) < 0)
		return -errno;
	if (to->data)
		r = write_all(fd, to->data, to->size);
	else
		r = like < 0 ? -ENODATA : copy_content(like, fd, &st, &no_reflink);
	if (r == 0)
		r = give(fd, to);
	if (r == 0 && like >= 0)
		r = copy_xattrs(like, fd);
	if (r == 0 && like >= 0 && times && futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim }) < 0)
		r = -errno;
	return r;
}

static int make_file(int dir, const struct version *to, int like, bool times)
{
	_cleanup_(closep) int fd = openat(dir, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fill(fd, to, like, times);
}

static int make_link(int dir, const struct version *to)
{
	return symlinkat(to->target, dir, TEMPORARY) < 0 ||
			       fchownat(dir, TEMPORARY, to->uid, to->gid, AT_SYMLINK_NOFOLLOW) < 0
		       ? -errno
		       : 0;
}

static int make_fifo(int dir, const struct version *to)
{
	return mknodat(dir, TEMPORARY, S_IFIFO | 0600, 0) < 0 ||
			       fchownat(dir, TEMPORARY, to->uid, to->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
			       fchmodat(dir, TEMPORARY, to->mode, 0) < 0
		       ? -errno
		       : 0;
}

static int make_directory(int dir, const struct version *to)
{
	_cleanup_(closep) int fd = -1;

	if (mkdirat(dir, TEMPORARY, 0700) < 0)
		return -errno;
	fd = openat(dir, TEMPORARY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : give(fd, to);
}

/* Removes what is in the way of rename(2), which replaces nothing by a directory, and a directory by nothing. */
static int make_room(int dir, const char *name, bool for_directory)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
	return for_directory && unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

static int remove_name(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int put_version(int tree, const char *path, const struct version *to, int like, bool times)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(tree, path, WALK_TREE, &name);
	int r;

	if (dir < 0)
		return to->type == VERSION_ABSENT && (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP) ? 0 : dir;
	if (to->type == VERSION_ABSENT)
		return remove_name(dir, name);
	r = rm_rf(dir, TEMPORARY);
	if (r == 0)
		r = to->type == VERSION_FILE	    ? make_file(dir, to, like, times)
		    : to->type == VERSION_LINK	    ? make_link(dir, to)
		    : to->type == VERSION_FIFO	    ? make_fifo(dir, to)
		    : to->type == VERSION_DIRECTORY ? make_directory(dir, to)
						    : -EOPNOTSUPP;
	if (r == 0)
		r = make_room(dir, name, to->type == VERSION_DIRECTORY);
	if (r == 0 && renameat(dir, TEMPORARY, dir, name) < 0)
		r = -errno;
	if (r < 0)
		rm_rf(dir, TEMPORARY);
	return r;
}

int put_attributes(int tree, const char *path, const struct version *to)
{
	_cleanup_(closep) int fd = -1, f = -1;
	struct stat st;

	if (to->type != VERSION_FILE && to->type != VERSION_DIRECTORY)
		return put_version(tree, path, to, -1, false);
	fd = rootfd_openat(tree, path, O_PATH | O_NOFOLLOW, 0, WALK_TREE);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -EINVAL;
	f = reopen(fd);
	return f < 0 ? f : give(f, to);
}

void put_clean(int tree, const char *path)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(tree, path, WALK_TREE, &name);

	if (dir >= 0)
		rm_rf(dir, TEMPORARY);
}

int put_sync(int tree)
{
	_cleanup_(closep) int fd = rootfd_openat(tree, ".", O_RDONLY | O_DIRECTORY, 0, WALK_TREE);

	return fd < 0 ? fd : syncfs(fd) < 0 ? -errno : 0;
}
