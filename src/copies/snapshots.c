/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories. Everything that is removed is renamed first, so that no half of a snapshot has a label. */
#include "copies/snapshots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/places.h"

#define ATTEMPTS 10

void snapshots_done(struct snapshots *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].label);
	free(s->v);
	*s = (struct snapshots){ 0 };
}

int snapshot_check_label(const char *label)
{
	if (record_name_valid(label))
		return 0;
	return log_error_errno(-EINVAL,
			       "'%.80s' cannot be the label of a snapshot: a label has up to 63 lower-case letters, "
			       "digits, '.', '_' and '-', and starts with a letter or a digit.",
			       label);
}

/* The directory of that name, in which only root has made anything. A descriptor, or -errno. */
static int open_dir(int dir, const char *name, bool make)
{
	int fd;

	if (make && mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* SNAPSHOT_DIR beside the container's directory, as snapshots_open(). */
static int open_all(int root_fd, const struct record *record, bool make)
{
	const char *name;
	_cleanup_(closep) int place = make ? place_open_closed(root_fd, record->path, &name)
					   : place_open_parent(root_fd, record->path, &name);
	_cleanup_(freep) char *dir = path_parent(record->path);
	int fd = place < 0 ? place : open_dir(place, SNAPSHOT_DIR, make);

	if (place < 0 || fd >= 0 || fd == -ENOENT)
		return fd;
	return log_error_errno(fd, "Cannot open directory '%s/" SNAPSHOT_DIR "': %m", dir);
}

char *snapshots_path(const char *path)
{
	_cleanup_(freep) char *dir = path_parent(path);

	return xasprintf("%s/" SNAPSHOT_DIR "%s", dir, strrchr(path, '/'));
}

/* The name of the container's directory, which may be another than the container's. */
static const char *own_name(const struct record *record)
{
	return strrchr(record->path, '/') + 1;
}

int snapshots_open(int root_fd, const struct record *record, bool make)
{
	int fd = -ENOENT;

	/* Meanwhile, a command for another container may remove the directory for all of them, because it is empty. */
	for (int i = 0; i < (make ? ATTEMPTS : 1) && fd == -ENOENT; i++) {
		_cleanup_(closep) int all = open_all(root_fd, record, make);

		if (all < 0)
			return all;
		fd = open_dir(all, own_name(record), make);
	}
	if (fd >= 0 || (fd == -ENOENT && !make))
		return fd;
	return log_error_errno(fd, "Cannot open the directory of container '%s's snapshots: %m", record->name);
}

static int compare(const void *a, const void *b)
{
	const struct snapshot *x = a, *y = b;

	if (x->made.tv_sec != y->made.tv_sec)
		return x->made.tv_sec < y->made.tv_sec ? -1 : 1;
	if (x->made.tv_nsec != y->made.tv_nsec)
		return x->made.tv_nsec < y->made.tv_nsec ? -1 : 1;
	return strcmp(x->label, y->label);
}

int snapshots_list(int root_fd, const struct record *record, struct snapshots *ret)
{
	_cleanup_(closep) int dir = snapshots_open(root_fd, record, false);
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = dir < 0 ? dir : rootfd_list(dir, ".", WALK_TREE, &names);

	if (dir == -ENOENT)
		return 0;
	if (dir >= 0 && r < 0)
		log_error_errno(r, "Cannot list the snapshots of container '%s': %m", record->name);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/" SNAPSHOT_RECORD, names.v[i]);
		struct stat st;

		if (!record_name_valid(names.v[i]) || fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		grow(ret->v, ret->n);
		ret->v[ret->n++] = (struct snapshot){ xstrdup(names.v[i]), st.st_mtim };
	}
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare);
	return 0;
}

unsigned int snapshots_count(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *path = snapshots_path(record->path);
	_cleanup_(strv_done) struct strv names = { 0 };
	unsigned int n = 0;

	rootfd_list(root_fd, path, WALK_ROOT, &names);
	for (size_t i = 0; i < names.n; i++)
		n += record_name_valid(names.v[i]);
	return n;
}

static int removed(const struct record *record, int r)
{
	return r == 0 || r == -ENOENT
		       ? 0
		       : log_error_errno(r, "Cannot remove a snapshot of container '%s': %m", record->name);
}

int snapshots_tidy(int root_fd, const struct record *record, int dir)
{
	_cleanup_(closep) int all = open_all(root_fd, record, false);
	const char *name;
	_cleanup_(closep) int place = all < 0 ? all : place_open_parent(root_fd, record->path, &name);
	int r = removed(record, rm_rf(dir, SNAPSHOT_NEW));

	if (place >= 0 && unlinkat(all, own_name(record), AT_REMOVEDIR) == 0)
		unlinkat(place, SNAPSHOT_DIR, AT_REMOVEDIR);
	return r;
}

int snapshots_clean(int root_fd, const struct record *record)
{
	_cleanup_(closep) int dir = snapshots_open(root_fd, record, false);

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	return snapshots_tidy(root_fd, record, dir);
}

int snapshot_missing(const struct record *record, const char *label)
{
	return log_error_errno(
		-ENOENT,
		"Container '%s' has no snapshot '%s'; 'virt-sandbox-service snapshots %s' lists those it "
		"has.",
		record->name, label, record->name);
}

int snapshot_remove(int root_fd, const struct record *record, const char *label)
{
	_cleanup_(closep) int dir = snapshots_open(root_fd, record, false);
	int r;

	if (dir < 0 && dir != -ENOENT)
		return dir;
	r = dir < 0 ? dir : rm_rf(dir, SNAPSHOT_NEW);
	if (r == 0 && renameat2(dir, label, dir, SNAPSHOT_NEW, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r == -ENOENT)
		return snapshot_missing(record, label);
	return r < 0 ? removed(record, r) : snapshots_tidy(root_fd, record, dir);
}

int snapshots_remove_all(int root_fd, const struct record *record)
{
	_cleanup_(closep) int all = open_all(root_fd, record, false);
	const char *name;
	_cleanup_(closep) int place = all < 0 ? all : place_open_parent(root_fd, record->path, &name);
	int r = all < 0 ? all : rm_rf(all, own_name(record));

	if (all < 0)
		return all == -ENOENT ? 0 : all;
	if (r == 0 && place >= 0)
		unlinkat(place, SNAPSHOT_DIR, AT_REMOVEDIR); /* unless another container has some */
	return removed(record, r);
}

int snapshots_rename(int root_fd, const struct record *record, const char *to)
{
	_cleanup_(closep) int all = open_all(root_fd, record, false);

	if (all < 0)
		return all == -ENOENT ? 0 : all;
	if (renameat2(all, own_name(record), all, to, RENAME_NOREPLACE) < 0 && errno != ENOENT)
		return log_error_errno(errno, "Cannot rename the directory of container '%s's snapshots: %m",
				       record->name);
	return 0;
}
