/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation inside a container's tree while it is created. Nobody else can reach the tree yet, and no
 * operation needs an undo of its own, because that of op_tree removes everything. Every new file has its SELinux
 * context from the start, since op_tree sets the context for new files. */
#include "create/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/live-places.h"
#include "contents/entry.h"
#include "selinux/selinux.h"

static int failed(const struct op *op, int r)
{
	return log_error_errno(r, "Cannot create '%s' in the container: %m", op->path);
}

/* The directory that holds 'path': a descriptor that 'host' owns, or -errno. */
static int parent_in_tree(struct host *host, const char *path, const char **ret_name)
{
	return rootfd_near_parent(host->tree_fd, path, WALK_TREE, &host->in_tree, ret_name);
}

/* New files have their permissions from the start (the umask is 0), since nobody else can reach the tree yet. Only the
 * bits that chown(2) clears and mkdir(2) ignores are set afterwards. */
static mode_t birth_mode(const struct op *op)
{
	return op->mode & 0777;
}

static int give(int fd, const struct op *op, mode_t mode)
{
	if ((op->uid || op->gid) && fchown(fd, op->uid, op->gid) < 0)
		return -errno;
	return mode != birth_mode(op) && fchmod(fd, mode) < 0 ? -errno : 0;
}

static int set_times(int fd, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	return futimens(fd, times) < 0 ? -errno : 0;
}

/* Sets the times of a file that cannot be opened. What create makes itself has no times to keep. */
static int set_name_times(int dir, const char *name, const struct op *op)
{
	const struct timespec times[2] = { op->mtime, op->mtime };

	return op->mtime.tv_sec ? utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) : 0;
}

/* The set-group-ID bit comes last, with the times: what is made in such a directory would get its group. */
static int apply_directory(struct host *host, const struct op *op)
{
	mode_t mode = op->mode & ~(mode_t)S_ISGID;
	const char *name;
	int dir = parent_in_tree(host, op->path, &name);
	_cleanup_(closep) int fd = -1;
	int r = dir;

	if (dir >= 0)
		r = mkdirat(dir, name, birth_mode(op)) < 0 ? -errno : 0;
	if (r == 0 && (op->uid || op->gid || mode != birth_mode(op))) {
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		r = fd < 0 ? -errno : give(fd, op, mode);
	}
	return r < 0 ? failed(op, r) : 1;
}

const struct op_kind op_directory = { "directory", true, apply_directory, NULL };

void ops_need_directory(struct plan *plan, const char *path)
{
	if (!*path || plan_has(plan, path))
		return;
	ops_need_parent(plan, path);
	op_give_root(plan_add_own(plan, &op_directory, xstrdup(path),
				  "needed for a file that create writes, or for a mount"),
		     0755);
}

void ops_need_parent(struct plan *plan, const char *path)
{
	_cleanup_(freep) char *dir = path_parent(path);

	ops_need_directory(plan, dir);
}

struct op *ops_anew(struct plan *plan, const struct op_kind *kind, char *path, const char *reason)
{
	struct op *op;

	ops_need_parent(plan, path);
	op = plan_add(plan, kind, path);
	op->rule = "written-anew";
	op->reason = reason;
	return op;
}

/* A new empty file, open for writing, or -errno. */
static int create(struct host *host, const struct op *op)
{
	const char *name;
	int dir = parent_in_tree(host, op->path, &name);
	int fd;

	if (dir < 0)
		return dir;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, birth_mode(op));
	return fd < 0 ? -errno : fd;
}

static int copy_file(struct host *host, const struct op *op, int from)
{
	_cleanup_(closep) int to = -1;
	struct stat st;
	int r;

	if (fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	to = create(host, op);
	r = to < 0 ? to : copy_content(from, to, &st, &host->no_reflink);
	if (r == 0)
		r = give(to, op, op->mode);
	if (r == 0)
		r = copy_xattrs(from, to); /* capabilities, which a change of the owner clears, and ACLs */
	return r < 0 ? r : set_times(to, &st);
}

/* The times are those of when it was read. */
static int put_content(struct host *host, const struct op *op)
{
	_cleanup_(closep) int to = create(host, op);
	int r = to < 0 ? to : write_all(to, op->content->data, op->content->size);

	if (r == 0)
		r = give(to, op, op->mode);
	if (r == 0)
		r = set_times(to, &op->content->st);
	return r < 0 ? failed(op, r) : 1;
}

static int copy_from_host(struct host *host, const struct op *op)
{
	static const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	const char *name;
	int dir = rootfd_near_parent(host->root_fd, op->source, WALK_TREE, &host->on_host, &name), r;
	_cleanup_(closep) int from = dir < 0 ? dir : rootfd_openat(dir, name, flags, 0, WALK_TREE);

	if (from == -ENOENT) /* a log may have been rotated, or a temporary file removed, meanwhile */
		return 0;
	r = from < 0 ? from : copy_file(host, op, from);
	if (r == -EINTR)
		return r;
	return r < 0 ? log_error_errno(r, "Cannot copy '%s' into the container: %m", op->source) : 1;
}

static int apply_file(struct host *host, const struct op *op)
{
	return op->content ? put_content(host, op) : copy_from_host(host, op);
}

const struct op_kind op_file = { "file", true, apply_file, NULL };

static int apply_hardlink(struct host *host, const struct op *op)
{
	const char *name, *first;
	int dir = parent_in_tree(host, op->path, &name);
	_cleanup_(closep) int from = rootfd_parent(host->tree_fd, op->source, WALK_TREE, &first);

	if (dir < 0 || from < 0)
		return failed(op, dir < 0 ? dir : from);
	if (linkat(from, first, dir, name, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : failed(op, -errno); /* its first name was removed meanwhile */
}

const struct op_kind op_hardlink = { "hardlink", true, apply_hardlink, NULL };

static int apply_link(struct host *host, const struct op *op)
{
	const char *name;
	int dir = parent_in_tree(host, op->path, &name);

	if (dir < 0)
		return failed(op, dir);
	if (symlinkat(op->source, dir, name) < 0)
		return failed(op, -errno);
	if ((op->uid || op->gid) && fchownat(dir, name, op->uid, op->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(op, -errno);
	return set_name_times(dir, name, op) < 0 ? failed(op, -errno) : 1;
}

const struct op_kind op_link = { "link", true, apply_link, NULL };

void ops_link_anew(struct plan *plan, char *path, const char *target, const char *reason)
{
	if (plan_has(plan, path))
		free(path);
	else
		ops_anew(plan, &op_link, path, reason)->source = xstrdup(target);
}

static int apply_fifo(struct host *host, const struct op *op)
{
	const char *name;
	int dir = parent_in_tree(host, op->path, &name);

	if (dir < 0)
		return failed(op, dir);
	if (mknodat(dir, name, S_IFIFO | 0600, 0) < 0 ||
	    fchownat(dir, name, op->uid, op->gid, AT_SYMLINK_NOFOLLOW) < 0 || fchmodat(dir, name, op->mode, 0) < 0)
		return failed(op, -errno);
	return set_name_times(dir, name, op) < 0 ? failed(op, -errno) : 1;
}

const struct op_kind op_fifo = { "fifo", true, apply_fifo, NULL };

/* What the host's place is mounted on at each start. */
static int apply_live(struct host *host, const struct op *op)
{
	const char *name;
	int dir = parent_in_tree(host, op->path, &name), fd, r = dir;

	if (dir >= 0 && live_place(op->path)->kind != LIVE_FILE) {
		r = mkdirat(dir, name, 0755) < 0 ? -errno : 0;
	} else if (dir >= 0) {
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		r = fd < 0 ? -errno : 0;
		closep(&fd);
	}
	return r < 0 ? failed(op, r) : 1;
}

const struct op_kind op_live = { "live", true, apply_live, NULL };

static int apply_write(struct host *host, const struct op *op)
{
	_cleanup_(closep) int fd = create(host, op);
	int r = fd < 0 ? fd : write_all(fd, op->text, strlen(op->text));

	if (r == 0)
		r = give(fd, op, op->mode);
	return r < 0 ? failed(op, r) : 1;
}

const struct op_kind op_write = { "write", true, apply_write, NULL };

struct op *ops_write_anew(struct plan *plan, const char *path, mode_t mode, char *text, const char *reason)
{
	struct op *op = ops_anew(plan, &op_write, xstrdup(path), reason);

	op->text = text;
	op_give_root(op, mode);
	return op;
}

/* The times of a directory can be set only when everything is in it. */
static int seal_directory(struct host *host, const struct op *op)
{
	_cleanup_(closep) int from = -1;
	_cleanup_(closep) int to =
		rootfd_openat(host->tree_fd, op->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	struct stat st;
	int r = to < 0 ? to : 0;

	if (r == 0 && op->mode & S_ISGID)
		r = fchmod(to, op->mode) < 0 ? -errno : 0;
	if (r < 0 || !op->source)
		return r;
	from = rootfd_openat(host->root_fd, op->source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	if (from == -ENOENT || from == -ENOTDIR || from == -ELOOP) /* removed meanwhile */
		return 0;
	r = from < 0 ? from : copy_xattrs(from, to);
	if (r == 0 && fstat(from, &st) < 0)
		r = -errno;
	return r < 0 ? r : set_times(to, &st);
}

static int apply_seal(struct host *host, const struct op *op)
{
	int r = selinux_create_as(NULL);

	for (size_t i = 0; i < host->plan->n && r == 0; i++) {
		const struct op *d = &host->plan->ops[i];

		if (d->kind != &op_directory || (!d->source && !(d->mode & S_ISGID)))
			continue;
		r = seal_directory(host, d);
		if (r < 0)
			return failed(d, r);
	}
	if (r == 0 && fchmod(host->tree_fd, 0755) < 0)
		r = -errno;
	if (r == 0 && syncfs(host->tree_fd) < 0)
		r = -errno;
	return r < 0 ? failed(op, r) : 1;
}

const struct op_kind op_seal = { "seal", true, apply_seal, NULL };
