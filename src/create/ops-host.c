/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that work on the host: reservations, the record, the host unit, and the container's directory,
 * whose undo removes everything in it. */
#include "create/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/disk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/reservation.h"
#include "container/tree-image.h"
#include "create/unit-file.h"
#include "selinux/selinux.h"

static int failed(const struct op *op, int r)
{
	return log_error_errno(r, "Cannot create '%s': %m", op->path);
}

static int undone(const struct op *op, int r)
{
	return r == 0 || r == -ENOENT ? 0 : log_error_errno(r, "Cannot undo the creation of '%s': %m", op->path);
}

/* Undoes the creation of a file. */
static int unlink_path(struct host *host, const struct op *op)
{
	return undone(op, atomic_file_remove(host->root_fd, op->path));
}

/* The file appears with its whole text, or not at all: linkat(2) refuses an existing name. */
static int apply_reserve(struct host *host, const struct op *op)
{
	int r = atomic_file_write(host->root_fd, op->path, 0600, op->text, false);

	if (r == 0 && reservation_of_sandbox(host->root_fd, op->path)) {
		(void)atomic_file_remove(host->root_fd, op->path);
		r = -EEXIST;
	}
	if (r == -EEXIST)
		return -EAGAIN;
	return r < 0 ? failed(op, r) : 1;
}

const struct op_kind op_reserve = { "reserve", false, apply_reserve, unlink_path };

/* Whether it is the first record of that name, which marks the container as unfinished. */
static bool is_first_record(const struct op *op)
{
	return strstr(op->text, "\nState=creating\n") || strstr(op->text, "\nState=arriving\n");
}

/* The copy beside the container's directory; without it, only adopting the directory elsewhere is more work. */
static void keep(struct host *host, const struct op *op, const char *text)
{
	const char *file = strrchr(op->path, '/') + 1;
	_cleanup_(freep) char *name = xstrndup(file, strlen(file) - strlen(RECORD_SUFFIX));

	record_keep(host->root_fd, name, text);
}

static int apply_record(struct host *host, const struct op *op)
{
	int r = atomic_file_write(host->root_fd, op->path, op->mode, op->text, !is_first_record(op));

	if (r == -EEXIST)
		return log_error_errno(-EEXIST,
				       "'%s' already exists; 'virt-sandbox-service delete' removes a container, even "
				       "an unfinished one.",
				       op->path);
	if (r < 0)
		return failed(op, r);
	if (!is_first_record(op))
		keep(host, op, op->text);
	return 1;
}

static int undo_record(struct host *host, const struct op *op)
{
	if (op->before) {
		keep(host, op, op->before);
		return undone(op, atomic_file_write(host->root_fd, op->path, op->mode, op->before, true));
	}
	return is_first_record(op) ? unlink_path(host, op) : 0;
}

const struct op_kind op_record = { "record", false, apply_record, undo_record };

static int apply_unit(struct host *host, const struct op *op)
{
	int r = unit_file_write(host->root_fd, op->path, op->text, op->before);

	if (r == -EEXIST)
		return log_error_errno(-EEXIST, "Unit file '%s' already exists; remove it, or choose another name.",
				       op->path);
	return r < 0 ? failed(op, r) : 1;
}

static int undo_unit(struct host *host, const struct op *op)
{
	if (op->before)
		return undone(op, unit_file_write(host->root_fd, op->path, op->before, true));
	return undone(op, unit_file_remove(host->root_fd, op->path));
}

const struct op_kind op_unit = { "unit", false, apply_unit, undo_unit };

int ops_make_tree(struct host *host, const char *name, const char *path, uint64_t image)
{
	_cleanup_(closep) int mount = -1;
	int dir = host->place_fd, r;

	if (image) {
		mount = tree_image_make(host->root_fd, dir, name, path, image, host->file_context);
		if (mount < 0)
			return mount;
		dir = mount;
		name = TREE_IMAGE_TREE;
	}
	r = selinux_create_as(host->file_context);
	if (r == 0 && mkdirat(dir, name, 0700) < 0)
		r = -errno;
	if (r == 0) {
		host->tree_fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = host->tree_fd < 0 ? -errno : 0;
	}
	if (r == -EEXIST)
		return log_error_errno(r, "Directory '%s' already exists; move it away, or choose another name.", path);
	if (r < 0)
		return log_error_errno(r, "Cannot create '%s': %m", path);
	disk_begin(host->tree_fd, host->record && !image ? host->record->uid_base : 0);
	/* A default ACL on the directory of all containers would change the modes of files below it. */
	fremovexattr(host->tree_fd, "system.posix_acl_default");
	return 0;
}

/* Only root can enter it until op_seal opens it. */
static int apply_tree(struct host *host, const struct op *op)
{
	const char *name;
	uint64_t image = 0;
	int r = host->place_fd = place_open_closed(host->root_fd, op->path, &name);

	if (r < 0)
		return r;
	r = op->text ? limit_parse(LIMIT_DISK, op->text, &image) : 0;
	r = r < 0 ? failed(op, r) : ops_make_tree(host, name, op->path, image);
	if (r == 0)
		return 1;
	selinux_create_as(NULL);
	if (r != -EEXIST)
		rm_rf(host->place_fd, name);
	return r;
}

static int undo_tree(struct host *host, const struct op *op)
{
	int r = rm_rf(host->place_fd, strrchr(op->path, '/') + 1);

	record_drop_beside(host->root_fd, op->path);
	selinux_create_as(NULL);
	host_done(host);
	return r < 0 ? log_error_errno(r, "Cannot undo the creation of '%s': %m", op->path) : 0;
}

const struct op_kind op_tree = { "tree", false, apply_tree, undo_tree };

static int set_disk(struct host *host, const struct op *op, const char *size)
{
	struct record record = *host->record; /* borrowed */

	if (limit_parse(LIMIT_DISK, *size ? size : "infinity", &record.limits[LIMIT_DISK]) < 0)
		return failed(op, -EINVAL);
	return disk_limit(host->root_fd, host->tree_fd, &record);
}

static int apply_disk(struct host *host, const struct op *op)
{
	int r = set_disk(host, op, op->text);

	return r < 0 ? r : 1;
}

static int undo_disk(struct host *host, const struct op *op)
{
	return set_disk(host, op, op->before);
}

const struct op_kind op_disk = { "disk", false, apply_disk, undo_disk };

void ops_limit_disk(struct plan *plan, const struct record *before, const struct record *record)
{
	uint64_t old = before ? before->limits[LIMIT_DISK] : 0;
	struct op *op;

	if (old == record->limits[LIMIT_DISK])
		return;
	op = plan_add_own(plan, &op_disk, xstrdup(record->path), "the limit of its space on the disk");
	op->text = limit_format(LIMIT_DISK, record->limits[LIMIT_DISK]);
	op->before = limit_format(LIMIT_DISK, old);
}
