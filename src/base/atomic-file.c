/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are replaced as a whole: at any time, even after a crash, a reader finds either the old text or the
 * new. */
#include "base/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"

#define ATTEMPTS 100 /* to replace a file that others keep replacing too */

/* The name that a file has before it replaces another. It is always the same, so that a leftover of a killed process is
 * found. */
static char *temporary_name(const char *name)
{
	return xasprintf(".new-%s", name);
}

/* linkat(2) cannot replace, so the new file gets another name first and is renamed from there. Another process that
 * writes the same file at the same time uses the same name, and what the name stands for is always complete. */
static int replace_file(int dir, const char *self, const char *name)
{
	_cleanup_(freep) char *before = temporary_name(name);
	int r = -EBUSY;

	for (int i = 0; i < ATTEMPTS; i++) {
		unlinkat(dir, before, 0);
		if (linkat(AT_FDCWD, self, dir, before, AT_SYMLINK_FOLLOW) < 0) {
			r = -errno;
			if (r != -EEXIST)
				return r;
		} else if (renameat(dir, before, dir, name) == 0) {
			return 0;
		} else {
			r = -errno;
			unlinkat(dir, before, 0);
			if (r != -ENOENT)
				return r;
		}
	}
	return r;
}

static int publish(int dir, int f, const char *name, bool replace)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", f);
	if (replace)
		return replace_file(dir, self, name);
	return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

int atomic_file_write_at(int dir, const char *name, const struct file_access *access, const void *data, size_t len,
			 bool replace)
{
	_cleanup_(closep) int f = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	int r;

	if (f < 0)
		return -errno;
	r = write_all(f, data, len);
	if (r < 0)
		return r;
	if ((access->uid || access->gid) && fchown(f, access->uid, access->gid) < 0)
		return -errno;
	if (fchmod(f, access->mode) < 0)
		return -errno;
	return publish(dir, f, name, replace);
}

int atomic_file_write_data(int fd, const char *path, mode_t mode, const void *data, size_t len, bool replace)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(fd, path, WALK_ROOT, &name);
	const struct file_access access = { .mode = mode };

	return dir < 0 ? dir : atomic_file_write_at(dir, name, &access, data, len, replace);
}

int atomic_file_write(int fd, const char *path, mode_t mode, const char *text, bool replace)
{
	return atomic_file_write_data(fd, path, mode, text, strlen(text), replace);
}

int atomic_file_remove(int fd, const char *path)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(fd, path, WALK_ROOT, &name);
	_cleanup_(freep) char *before = NULL;

	if (dir < 0)
		return dir;
	before = temporary_name(name);
	if (unlinkat(dir, before, 0) < 0 && errno != ENOENT)
		return -errno;
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}
