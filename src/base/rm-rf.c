/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See remove.h. The tree is hostile: an administrator of a container may have nested directories thousands deep. What lies
 * deeper than DEPTH_MAX is therefore renamed up to the top and removed from there. */
#include "base/rm-rf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rootfd.h"

#define DEPTH_MAX 32
#define IDLE_MAX 8 /* passes that raise nothing */

struct removal {
	int top;	     /* the tree's root directory */
	unsigned int raised; /* directories renamed up so far */
	int first_error;
};

static void note(struct removal *r, int error)
{
	if (r->first_error == 0)
		r->first_error = error;
}

static bool empty_dir(struct removal *r, int fd, unsigned int depth);

static bool raise_entry(struct removal *r, int dir, const char *name)
{
	char raised[32];
	int e;

	do { /* names may have been planted */
		snprintf(raised, sizeof(raised), ".removing-%u", r->raised++);
		e = renameat2(dir, name, r->top, raised, RENAME_NOREPLACE) < 0 ? errno : 0;
	} while (e == EEXIST);
	if (e)
		note(r, -e);
	return e == 0;
}

/* Removes one name. True when something was removed or moved, so that another look is worth it. */
static bool remove_entry(struct removal *r, int dir, const char *name, unsigned int depth)
{
	_cleanup_(closep) int fd = -1;
	int e = unlinkat(dir, name, 0) < 0 ? errno : 0;

	if (e == 0)
		return true;
	if (e == ENOENT)
		return false;
	if (e != EISDIR && e != EPERM) {
		note(r, -e);
		return false;
	}
	if (depth >= DEPTH_MAX)
		return raise_entry(r, dir, name);
	fd = rootfd_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_MOUNT);
	if (fd < 0) {
		note(r, fd == -EXDEV ? -EBUSY : fd == -ENOTDIR ? -e : fd);
		return false;
	}
	empty_dir(r, fd, depth + 1);
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return true;
	note(r, -errno);
	return false;
}

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Removes what is in the directory; true when it changed anything. */
static bool empty_dir(struct removal *r, int fd, unsigned int depth)
{
	_cleanup_(closedirp) DIR *d = NULL;
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool changed = false;

	d = own < 0 ? NULL : fdopendir(own);
	if (!d) {
		note(r, -errno);
		if (own >= 0)
			close(own);
		return false;
	}
	for (struct dirent *e; (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			changed |= remove_entry(r, fd, e->d_name, depth);
	return changed;
}

int rm_rf(int dir, const char *name)
{
	_cleanup_(closep) int top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct removal r = { .top = top };

	if (top < 0) {
		if (errno == ENOENT)
			return 0;
		if (errno != ENOTDIR && errno != ELOOP)
			return -errno;
		return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	}
	/* Directories that were raised turn up at the top, so it is emptied until a pass finds nothing left to do; but who
	 * makes new files all the time shall not keep us. */
	for (unsigned int raised = 0, idle = 0; idle < IDLE_MAX && empty_dir(&r, top, 0); raised = r.raised) {
		if (r.first_error < 0)
			return r.first_error;
		idle = r.raised == raised ? idle + 1 : 0;
	}
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		note(&r, -errno);
	return r.first_error;
}
