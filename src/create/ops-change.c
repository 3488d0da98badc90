/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that change a container that exists. Root of the container may be changing its tree at the
 * same time: no link in it is followed, and what is written takes the place of a file as a whole, so that another name
 * of the file keeps its old content. Each operation has an undo of its own. */
#include "create/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "create/unit-file.h"
#include "selinux/selinux.h"

/* Makes directory 'path' of the tree, and those above it. */
static int make_directories(int tree_fd, const char *path)
{
	_cleanup_(freep) char *above = path_parent(path);
	_cleanup_(closep) int dir = -1;
	const char *name;
	int r = 0;

	if (!*path)
		return 0;
	dir = rootfd_parent(tree_fd, path, WALK_TREE, &name);
	if (dir == -ENOENT) {
		r = make_directories(tree_fd, above);
		if (r == 0)
			r = dir = rootfd_parent(tree_fd, path, WALK_TREE, &name);
	}
	if (dir < 0)
		return r < 0 ? r : dir;
	return mkdirat(dir, name, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* Puts a link to 'target' in the place of a link. A name that is taken is not ours. */
static int put_link(int dir, const char *name, const struct op *op, const char *target)
{
	_cleanup_(freep) char *now = NULL;
	int r = rootfd_readlink(dir, name, WALK_TREE, &now);

	if (r == 0 && unlinkat(dir, name, 0) < 0)
		return -errno;
	if (r < 0 && r != -ENOENT)
		return r;
	if (symlinkat(target, dir, name) < 0)
		return -errno;
	return (op->uid || op->gid) && fchownat(dir, name, op->uid, op->gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Puts 'text' in the place of a file, whose owner and mode stay. */
static int put_file(int dir, const char *name, const struct op *op, const char *text)
{
	struct file_access access = { op->mode, op->uid, op->gid };
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		access = (struct file_access){ st.st_mode & 0777, st.st_uid, st.st_gid };
	return atomic_file_write_at(dir, name, &access, text, strlen(text), true);
}

static int remove_name(int dir, const char *name)
{
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* Removes a directory of links if there are none in it any more, as 'systemctl disable' does. */
static void remove_empty(int tree_fd, const char *path)
{
	const char *name;
	_cleanup_(closep) int dir = has_suffix(path, ".wants") ? rootfd_parent(tree_fd, path, WALK_TREE, &name) : -1;

	if (dir >= 0)
		unlinkat(dir, name, AT_REMOVEDIR);
}

/* Makes 'content', which may be NULL, the text of the file or the target of the link. */
static int put(struct host *host, const struct op *op, const char *content)
{
	_cleanup_(freep) char *above = path_parent(op->path);
	_cleanup_(closep) int dir = -1;
	const char *name;
	int r = selinux_create_as(host->file_context);

	if (r == 0 && content)
		r = make_directories(host->tree_fd, above);
	if (r == 0)
		r = dir = rootfd_parent(host->tree_fd, op->path, WALK_TREE, &name);
	if (dir >= 0)
		r = !content		? remove_name(dir, name)
		    : S_ISLNK(op->mode) ? put_link(dir, name, op, content)
					: put_file(dir, name, op, content);
	if (r == 0 && !content)
		remove_empty(host->tree_fd, above);
	selinux_create_as(NULL);
	return r;
}

/* Whether something else took the place since the plan was made. */
static bool is_in_the_way(int r)
{
	static const int reasons[] = { ELOOP, EXDEV, ENOTDIR, EISDIR, EEXIST, EBUSY, EINVAL };

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (r == -reasons[i])
			return true;
	return false;
}

static int put_or_keep(struct host *host, const struct op *op, const char *content)
{
	int r = put(host, op, content);

	if (is_in_the_way(r)) {
		log_warn("'%s' in the container is not as it was made, so it is kept.", op->path);
		return 0;
	}
	return r < 0 ? log_error_errno(r, "Cannot change '%s' in the container: %m", op->path) : 1;
}

static int apply_change(struct host *host, const struct op *op)
{
	return put_or_keep(host, op, S_ISLNK(op->mode) ? op->source : op->text);
}

static int apply_remove(struct host *host, const struct op *op)
{
	return put_or_keep(host, op, NULL);
}

static int undo_in_tree(struct host *host, const struct op *op)
{
	int r = put_or_keep(host, op, op->before);

	return r < 0 ? r : 0;
}

const struct op_kind op_change = { "change", true, apply_change, undo_in_tree };
const struct op_kind op_remove = { "remove", true, apply_remove, undo_in_tree };

static int apply_drop(struct host *host, const struct op *op)
{
	int r = unit_file_remove(host->root_fd, op->path);

	return r < 0 ? log_error_errno(r, "Cannot remove '%s': %m", op->path) : 1;
}

static int undo_drop(struct host *host, const struct op *op)
{
	int r = unit_file_write(host->root_fd, op->path, op->before, true);

	return r < 0 ? log_error_errno(r, "Cannot undo the removal of '%s': %m", op->path) : 0;
}

const struct op_kind op_drop = { "drop", false, apply_drop, undo_drop };

static int apply_release(struct host *host, const struct op *op)
{
	int r = atomic_file_remove(host->root_fd, op->path);

	return r < 0 ? log_error_errno(r, "Cannot release '%s': %m", op->path) : 1;
}

static int undo_release(struct host *host, const struct op *op)
{
	int r = op_reserve.apply(host, op);

	return r == -EAGAIN ? log_error_errno(r, "'%s' was reserved for another container meanwhile.", op->path)
	       : r < 0	    ? r
			    : 0;
}

const struct op_kind op_release = { "release", false, apply_release, undo_release };
