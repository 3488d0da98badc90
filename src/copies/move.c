/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record is marked before there is anything else, and becomes that of the new place at once; what follows from it
 * is made to fit at the end, and by whatever completes it. */
#include "copies/move.h"

#include <errno.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/disk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/record-text.h"
#include "copies/snapshots.h"
#include "create/change.h"
#include "create/check-mounts.h"
#include "create/compose.h"
#include "create/ops.h"

/* The record of a container in 'path' that is being moved. */
static void mark(const struct record *record, const char *path, const char *other, struct record *ret)
{
	record_copy(record, ret);
	ret->state = RECORD_MOVING;
	free(ret->path);
	ret->path = xstrdup(path);
	free(ret->other);
	ret->other = xstrdup(other);
}

static void add_record(struct plan *plan, const struct record *record, const struct record *before, const char *reason)
{
	struct op *op = plan_add_own(plan, &op_record, record_path(record->name), reason);

	op->text = record_format(record);
	op->before = record_format(before);
	op_give_root(op, 0644);
}

static int check_free(int root_fd, const char *path)
{
	_cleanup_(freep) char *snapshots = snapshots_path(path), *beside = record_path_beside(path);
	const char *const left[] = { path, snapshots, beside };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (rootfd_lstat(root_fd, left[i], WALK_ROOT, &st) == 0)
			return log_error_errno(
				-EEXIST, "'%s' already exists; move it away, or choose another directory.", left[i]);
	return 0;
}

static int check_target(const struct context *context, const struct record *record, const char *path)
{
	struct create_spec spec = { .context = context, .name = record->name, .path = (char *)path };
	const struct plan nothing = { 0 };
	const char *name;
	_cleanup_(closep) int place = place_open_closed(context->root_fd, path, &name);

	if (place < 0)
		return place;
	if (path_within(path, record->path))
		return log_error_errno(-EINVAL, "Container '%s' cannot be moved into its own directory.", record->name);
	if (snapshots_count(context->root_fd, record) > 0)
		return log_error_errno(
			-EEXIST,
			"Container '%s' has snapshots, which would not come along; remove them first, with "
			"'virt-sandbox-service snapshot --delete %s LABEL'.",
			record->name, record->name);
	spec.mounts = record->mounts; /* borrowed */
	return check_free(context->root_fd, path) < 0 ? -EEXIST : check_mounts(&spec, &nothing);
}

int move_compose(const struct context *context, const struct record *record, const char *path, struct plan *ret)
{
	_cleanup_(record_done) struct record copying = { 0 }, copied = { 0 };
	bool image;
	int r = check_target(context, record, path);

	mark(record, record->path, path, &copying);
	mark(record, path, record->path, &copied);
	if (r == 0)
		r = disk_choose(context->root_fd, &copied, place_has_image(context->root_fd, record->path), &image);
	if (r < 0)
		return r;
	add_record(ret, &copying, record, "marks the container as unfinished");
	compose_tree(ret, &copied, image);
	plan_add_own(ret, &op_copy, xstrdup("/"), "all that the container has")->source = xstrdup(record->path);
	plan_add_own(ret, &op_seal, xstrdup("/"), "writes everything to disk");
	add_record(ret, &copied, &copying, "the copy is the container's; the old directory is removed");
	return 0;
}

int move_apply(const struct context *context, const struct record *record, struct plan *plan,
	       int (*check)(const void *data), const void *data, struct record *ret)
{
	_cleanup_(host_done) struct host host = HOST_INIT(context->root_fd);
	_cleanup_(closep) int tree = place_open_tree(context->root_fd, record->path, true);
	int r = tree < 0 ? tree : snapshots_clean(context->root_fd, record); /* nobody would look there later */

	if (r < 0)
		return r;
	host.source_fd = tree;
	host.source_check = check;
	host.source_data = data;
	host.file_context = record->file_context;
	host.record = record;
	r = plan_apply(plan, &host);
	return r < 0 ? r : record_load(context->root_fd, record->name, ret);
}

static int remove_other(int root_fd, const char *path)
{
	const char *name;
	_cleanup_(closep) int place = place_open_parent(root_fd, path, &name);
	int r = place < 0 ? place : rm_rf(place, name);

	if (place < 0 && place != -ENOENT)
		return place;
	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot remove all of '%s': %m", path);
	return r == 0 ? record_drop_beside(root_fd, path) : 0;
}

/* Whether the tree that the record names can be the only one. The record is on the disk before the other tree goes:
 * otherwise, after a power cut, an earlier one could take the tree that is left for the one to remove. */
static int check_kept(int root_fd, const struct record *record)
{
	_cleanup_(closep) int tree = place_open_tree(root_fd, record->path, true);

	if (tree < 0)
		return log_error_errno(tree, "'%s' is not removed, because it may be all that container '%s' has.",
				       record->other, record->name);
	return record_sync(root_fd);
}

int move_finish(const struct context *context, struct record *record)
{
	struct host host = HOST_INIT(context->root_fd);
	_cleanup_(plan_done) struct plan plan = { 0 };
	int r = change_units(context->root_fd, record, &plan);

	if (r == 0)
		r = plan_apply(&plan, &host);
	if (r == 0)
		r = check_kept(context->root_fd, record);
	if (r == 0)
		r = remove_other(context->root_fd, record->other);
	if (r < 0)
		return r;
	record->state = RECORD_READY;
	record->other[0] = '\0';
	return record_rewrite(context->root_fd, record);
}
