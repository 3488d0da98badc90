/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes a tree whose contents are hostile: the administrator of a container may have nested directories thousands
 * deep, planted names, and left something on the host that changes the tree while it is being removed.
 *
 * Depth costs neither stack nor descriptors: a directory deeper than DEPTH_MAX is renamed up to the top of the tree and
 * removed from there.
 *
 * The removal ends, whatever other processes do. Nothing can keep a process with a descriptor of a directory from
 * creating files in it: mode 0 does not stop root, we could not empty an immutable directory either, and the descriptor
 * stays valid after a rename. Only rmdir(2) stops it, which needs an empty directory. A process that creates files
 * faster than we remove them would therefore keep us busy for ever. So the entries of each directory are counted when
 * we get to it, at most NEW_MAX more than that are removed from it, and if it is still not empty after PASSES such
 * passes, a process is filling it. The removal then stops at once with -ENOTEMPTY, and does not go on with the rest,
 * which that process may be filling, too. It terminates, because a count is finite, and both the number of raised
 * directories and the depth below each are limited. This is not about the container's own processes, which are dead
 * before its tree is removed. */
#include "base/rm-rf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rootfd.h"

#define DEPTH_MAX 32
#define RAISED_MAX (1U << 20)
#define NEW_MAX 1000 /* entries that may appear in a directory while it is being emptied */
#define PASSES 3

struct removal {
	int top;	     /* the tree's root directory */
	unsigned int raised; /* directories renamed up so far */
	bool filled;	     /* by another process that does not stop */
	int first_error;
};

static void note(struct removal *r, int error)
{
	if (r->first_error == 0)
		r->first_error = error;
}

static void give_up(struct removal *r)
{
	r->filled = true;
	note(r, -ENOTEMPTY);
}

static bool empty_dir(struct removal *r, int fd, unsigned int depth);

static bool raise_entry(struct removal *r, int dir, const char *name)
{
	char raised[32];
	int e = EEXIST;

	while (e == EEXIST && r->raised < RAISED_MAX) { /* somebody may have created files of these names */
		snprintf(raised, sizeof(raised), ".removing-%u", r->raised++);
		e = renameat2(dir, name, r->top, raised, RENAME_NOREPLACE) < 0 ? errno : 0;
	}
	if (e == EEXIST)
		give_up(r);
	else if (e && e != ENOENT)
		note(r, -e);
	return e == 0 || e == ENOENT;
}

/* Removes directory 'name' of 'dir', which is open as 'fd'. */
static bool remove_dir(struct removal *r, int dir, const char *name, int fd, unsigned int depth)
{
	for (int pass = 0; pass < PASSES; pass++) {
		bool emptied = empty_dir(r, fd, depth);
		int e = unlinkat(dir, name, AT_REMOVEDIR) < 0 ? errno : 0;

		if (e == 0 || e == ENOENT)
			return true;
		if (e != ENOTEMPTY)
			note(r, -e);
		if (e != ENOTEMPTY || !emptied)
			return false;
	}
	give_up(r);
	return false;
}

/* Removes one entry, or moves it to the top. True if it is gone. */
static bool remove_entry(struct removal *r, int dir, const char *name, unsigned int depth)
{
	_cleanup_(closep) int fd = -1;
	int e = unlinkat(dir, name, 0) < 0 ? errno : 0;

	if (e == 0 || e == ENOENT)
		return true;
	if (e != EISDIR && e != EPERM) {
		note(r, -e);
		return false;
	}
	if (depth >= DEPTH_MAX)
		return raise_entry(r, dir, name);
	fd = rootfd_openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_MOUNT);
	if (fd == -ENOENT)
		return true;
	if (fd < 0) {
		note(r, fd == -EXDEV ? -EBUSY : fd == -ENOTDIR ? -e : fd);
		return false;
	}
	return remove_dir(r, dir, name, fd, depth + 1);
}

/* The next entry other than '.' and '..', or NULL. */
static const char *next_name(DIR *d)
{
	struct dirent *e;

	do
		e = readdir(d);
	while (e && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	return e ? e->d_name : NULL;
}

/* On btrfs, the owner of a subvolume can make it read-only (ioctl BTRFS_IOC_SUBVOL_SETFLAGS), so root in a container
 * can. The kernel then removes nothing from it. Other directories and file systems answer with an error. */
static void make_writable(int fd)
{
	uint64_t flags = 0;

	if (ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) < 0 || !(flags & BTRFS_SUBVOL_RDONLY))
		return;
	flags &= ~BTRFS_SUBVOL_RDONLY;
	ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags);
}

/* Removes as many entries from the directory as it had at the beginning. True if it is empty then. */
static bool empty_dir(struct removal *r, int fd, unsigned int depth)
{
	_cleanup_(closedirp) DIR *d = NULL;
	int e = rootfd_opendir(fd, ".", WALK_TREE, &d);
	unsigned int raised = r->raised;
	long long most = NEW_MAX; /* and the directories that we raise meanwhile */
	bool emptied = true;

	if (e < 0) {
		note(r, e);
		return false;
	}
	make_writable(fd);
	while (next_name(d)) /* one call reads hundreds of entries, faster than any process creates files */
		most++;
	rewinddir(d);
	for (const char *name; !r->filled && (name = next_name(d));) {
		if (most-- + (r->raised - raised) == 0) {
			give_up(r);
			break;
		}
		emptied &= remove_entry(r, fd, name, depth);
	}
	return emptied && !r->filled;
}

int rm_rf(int dir, const char *name)
{
	_cleanup_(closep) int top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct removal r = { .top = top };
	unsigned int raised;

	if (top < 0) {
		if (errno == ENOENT)
			return 0;
		if (errno != ENOTDIR && errno != ELOOP)
			return -errno;
		return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	}
	do /* directories that were raised appear at the top */
		raised = r.raised;
	while (empty_dir(&r, top, 0) && r.raised != raised);
	if (r.first_error == 0)
		remove_dir(&r, dir, name, top, 0);
	return r.first_error;
}
