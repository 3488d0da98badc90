/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each of them goes by itself and as far as it can, and what is already gone is not an error, so that the same removal
 * can be done again after it was cut short. */
#include "cli/belongings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/disk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/reservation.h"
#include "container/unit-dirs.h"
#include "copies/snapshots.h"
#include "create/host-dropin.h"
#include "create/ops.h"
#include "create/unit-file.h"
#include "upgrade/given.h"

void belongings_done(struct belongings *b)
{
	record_done(&b->record);
	strv_done(&b->port_units);
}

static int remove_file(const struct belongings *b, const char *path)
{
	int r = atomic_file_remove(b->root_fd, path);

	return r == 0 || r == -ENOENT ? 0 : log_error_errno(r, "Cannot remove '%s': %m", path);
}

/* Removes directory 'name' of 'dir', which may be -errno; 'path' is for messages. */
static int remove_directory(int dir, const char *name, const char *path)
{
	int r = dir < 0 ? dir : rm_rf(dir, name);

	if (r == 0 || r == -ENOENT)
		return 0;
	if (r == -EBUSY)
		return log_error_errno(
			r, "Cannot remove all of '%s', because something is mounted in it; unmount it first.", path);
	if (r == -EPERM)
		return log_error_errno(r,
				       "Cannot remove all of '%s', because a file in it is immutable; 'chattr -R -i -a "
				       "%s' changes that.",
				       path, path);
	if (r == -ENOTEMPTY)
		return log_error_errno(r,
				       "Cannot remove all of '%s', because a process on the host keeps creating files "
				       "in it; 'lsof +D %s' shows which. End it, and delete the container again.",
				       path, path);
	return log_error_errno(r, "Cannot remove all of '%s': %m", path);
}

static int find_units(const struct belongings *b, struct strv *ret)
{
	_cleanup_(freep) char *unit = host_unit_name(b->name);

	strv_take(ret, host_unit_path(b->name));
	strv_take(ret, host_dropin_path(unit));
	strv_add_all(ret, &b->port_units);
	return 0;
}

static int remove_units(const struct belongings *b)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int r = find_units(b, &paths);

	for (size_t i = 0; i < paths.n; i++) {
		int e = unit_file_remove(b->root_fd, paths.v[i]);

		if (e < 0)
			log_error_errno(e, "Cannot remove '%s': %m", paths.v[i]);
		r = r ? r : e;
	}
	return r;
}

const struct belonging own_units = { "a unit of the container", &op_drop, find_units, remove_units };

static int find_unit_dirs(const struct belongings *b, struct strv *ret)
{
	return unit_dirs_find(b->root_fd, b->name, ret);
}

static int remove_unit_dirs(const struct belongings *b)
{
	_cleanup_(strv_done) struct strv dirs = { 0 };
	int r = find_unit_dirs(b, &dirs);

	for (size_t i = 0; i < dirs.n; i++) {
		const char *name;
		_cleanup_(closep) int parent = rootfd_parent(b->root_fd, dirs.v[i], WALK_ROOT, &name);
		int e = remove_directory(parent, name, dirs.v[i]);

		r = r ? r : e;
	}
	return r;
}

const struct belonging own_unit_dirs = { "drop-ins or links of a unit", &op_drop, find_unit_dirs, remove_unit_dirs };

static int find_tree(const struct belongings *b, struct strv *ret)
{
	strv_add(ret, b->record.path);
	if (b->record.state == RECORD_MOVING)
		strv_add(ret, b->record.other);
	return 0;
}

static int remove_tree(const struct belongings *b)
{
	_cleanup_(strv_done) struct strv paths = { 0 };
	int r = find_tree(b, &paths);

	for (size_t i = 0; i < paths.n; i++) {
		const char *name;
		_cleanup_(closep) int dir = place_open_parent(b->root_fd, paths.v[i], &name);
		int e = dir < 0 && dir != -ENOENT ? dir : remove_directory(dir, name, paths.v[i]);

		r = r ? r : e;
	}
	return r;
}

const struct belonging own_tree = { "the container's directory, with all its data", &op_drop, find_tree, remove_tree };

/* Also when the data stays: another container may get the same ids. */
static int end_limit(const struct belongings *b)
{
	const char *name;
	_cleanup_(closep) int dir = place_open_parent(b->root_fd, b->record.path, &name);
	_cleanup_(closep) int tree = dir < 0 ? -1 : openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (tree >= 0)
		disk_end(tree, b->record.uid_base);
	return 0;
}

const struct belonging own_limit = { NULL, NULL, NULL, end_limit };

static int find_beside(const struct belongings *b, struct strv *ret)
{
	strv_take(ret, record_path_beside(b->record.path));
	return 0;
}

static int remove_beside(const struct belongings *b)
{
	return record_drop_beside(b->root_fd, b->record.path);
}

const struct belonging own_beside = { "the record beside the directory", &op_drop, find_beside, remove_beside };

static int find_allowed(const struct belongings *b, struct strv *ret)
{
	strv_take(ret, allow_path(b->name));
	return 0;
}

static int remove_allowed(const struct belongings *b)
{
	_cleanup_(freep) char *path = allow_path(b->name);

	return remove_file(b, path);
}

const struct belonging own_allowed = { "the list of allowed units", &op_drop, find_allowed, remove_allowed };

static int find_snapshots(const struct belongings *b, struct strv *ret)
{
	strv_take(ret, snapshots_path(b->record.path));
	return 0;
}

static int remove_snapshots(const struct belongings *b)
{
	return snapshots_remove_all(b->root_fd, &b->record);
}

const struct belonging own_snapshots = { "the snapshots", &op_drop, find_snapshots, remove_snapshots };

static int find_given(const struct belongings *b, struct strv *ret)
{
	given_paths(b->name, ret);
	return 0;
}

static int remove_given(const struct belongings *b)
{
	return given_remove(b->root_fd, b->name);
}

const struct belonging own_given = { "what upgrades compare with and take back", &op_drop, find_given, remove_given };

static int find_reserved(const struct belongings *b, struct strv *ret)
{
	return reservation_paths(b->root_fd, b->name, ret);
}

static int remove_reserved(const struct belongings *b)
{
	return reservation_release(b->root_fd, b->name);
}

const struct belonging own_reserved = { "reserved for the container", &op_release, find_reserved, remove_reserved };

static int find_record(const struct belongings *b, struct strv *ret)
{
	strv_take(ret, record_path(b->name));
	return 0;
}

static int remove_record(const struct belongings *b)
{
	_cleanup_(freep) char *path = record_path(b->name);

	return remove_file(b, path);
}

const struct belonging own_record = { "the record", &op_drop, find_record, remove_record };
