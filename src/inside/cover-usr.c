/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Covers what of '/usr/local' is closed to users of the host and not the service's. The host makes the list
 * (virt/closed.c), because only the host knows which files are the service's; inside, nobody but the host's root has
 * changed anything of '/usr'. Where something is covered, '/usr' cannot be bound without its mounts. */
#include "inside/init.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/strv.h"
#include "container/paths.h"

/* A file on which SELinux refuses a mount cannot be read in a container either: the rules are for the same types. */
static int cover(const char *path)
{
	struct stat st;
	int r = lstat(path, &st) < 0 ? -errno : S_ISLNK(st.st_mode) ? 0 : cover_path(path, S_ISDIR(st.st_mode));

	return r == -ENOENT || r == -EACCES ? 0 : r;
}

int cover_usr(void)
{
	_cleanup_(strv_done) struct strv closed = { 0 };
	int r = read_handed(HOST_CLOSED, &closed);

	for (size_t i = 0; r == 0 && i < closed.n; i++)
		r = cover(closed.v[i]);
	return r;
}
