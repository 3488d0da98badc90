/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes and removes files of units. The directory of a drop-in is ours only as long as nothing else is in it. */
#include "create/unit-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/path.h"
#include "base/rootfd.h"

/* The directory of a drop-in, or NULL for the file of a unit, whose directory belongs to systemd. Caller frees. */
static char *dropin_dir(const char *path)
{
	_cleanup_(freep) char *dir = path_parent(path);

	return has_suffix(dir, ".d") ? steal_ptr(dir) : NULL;
}

static void remove_if_empty(int root_fd, const char *dir)
{
	const char *name;
	_cleanup_(closep) int parent = dir ? rootfd_parent(root_fd, dir, WALK_ROOT, &name) : -1;

	if (parent >= 0)
		unlinkat(parent, name, AT_REMOVEDIR);
}

int unit_file_write(int root_fd, const char *path, const char *text, bool replace)
{
	_cleanup_(freep) char *dir = dropin_dir(path);
	int r = dir ? rootfd_mkdir_p(root_fd, dir) : 0;

	if (r >= 0)
		r = atomic_file_write(root_fd, path, 0644, text, replace);
	if (r < 0)
		remove_if_empty(root_fd, dir);
	return r;
}

int unit_file_remove(int root_fd, const char *path)
{
	_cleanup_(freep) char *dir = dropin_dir(path);
	int r = atomic_file_remove(root_fd, path);

	if (r < 0 && r != -ENOENT)
		return r;
	remove_if_empty(root_fd, dir);
	return 0;
}
