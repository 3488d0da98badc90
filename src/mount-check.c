/* See mount-check.h. */
#include "mount-check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "log.h"
#include "mount-option.h"
#include "ops.h"
#include "rootfd.h"

/* The first operation that puts something else than a directory at 'target' or on the way to it, or NULL. */
static const struct op *in_the_way(const struct plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct op *op = &plan->ops[i];
		const char *rest = op->kind->in_tree ? skip_prefix(target, op->path) : NULL;

		if (rest && (*rest == '\0' || *rest == '/') && op->kind != &op_directory && strcmp(op->path, "/") != 0)
			return op;
	}
	return NULL;
}

/* Whether users of the host can get to what lies in the directory, and run set-user-ID programs there. */
static bool open_to_users(int root_fd, const char *source, int fd)
{
	struct statvfs file_system;

	if (fstatvfs(fd, &file_system) == 0 && file_system.f_flag & ST_NOSUID)
		return false;
	for (const char *end = source; *end;) {
		_cleanup_(freep) char *path = NULL;
		struct stat st;

		end += 1 + strcspn(end + 1, "/");
		path = xstrndup(source, (size_t)(end - source));
		if (rootfd_lstat(root_fd, path, WALK_TREE, &st) < 0 || !(st.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

static int check_source(int root_fd, const struct mount *m)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, m->source, O_RDONLY | O_DIRECTORY, 0, WALK_TREE);

	if (fd == -ELOOP)
		return log_error_errno(fd, "There is a symbolic link in '%s'; give the path that it leads to.", m->source);
	if (fd < 0)
		return log_error_errno(fd, "Cannot open directory '%s', which the container is to have: %m", m->source);
	if (!m->readonly && open_to_users(root_fd, m->source, fd))
		log_warn("Root of the container will be able to make programs in '%s' that run as root for all users of the host; "
			 "close it to them with chmod, mount it nosuid, or add ':ro'.", m->source);
	return 0;
}

int mount_check(int root_fd, const struct strv *mounts, const struct plan *plan)
{
	for (size_t i = 0; i < mounts->n; i++) {
		_cleanup_(mount_done) struct mount m = { 0 };
		const struct op *op;
		int r;

		if (mount_parse(mounts->v[i], &m))
			return -EINVAL; /* they were checked when they were given */
		op = in_the_way(plan, m.target);
		if (op)
			return log_error_errno(-ENOTDIR, "Nothing can be mounted on '%s': '%s' is no directory in the container but a "
							 "%s.", m.target, op->path, op->kind->name);
		r = m.source ? check_source(root_fd, &m) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}
