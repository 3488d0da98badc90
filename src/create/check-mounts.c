/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks the host's side of each mount: the source must exist, be a directory or an image, and expose nothing that the
 * container should not have. */
#include "create/check-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "container/image.h"
#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-file.h"
#include "create/choice.h"
#include "create/ops.h"

/* The first operation that puts something other than a directory at 'target' or above it, or NULL. */
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

static bool is_nosuid(int fd)
{
	struct statvfs file_system;

	return fstatvfs(fd, &file_system) == 0 && file_system.f_flag & ST_NOSUID;
}

/* mount_parse() has compared the paths as they are written; an administrator may have moved one of these directories
 * and put a link in its place. */
static int check_foreign(int root_fd, const char *source)
{
	for (const char *const *foreign = mount_foreign; *foreign; foreign++) {
		_cleanup_(closep) int fd = rootfd_openat(root_fd, *foreign, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
		_cleanup_(freep) char *path = fd < 0 ? NULL : rootfd_path_of(root_fd, fd);

		if (path && (path_within(path, source) || path_within(source, path)))
			return log_error_errno(-EACCES, "'%s' cannot be mounted, because '%s' leads to '%s'.", source,
					       *foreign, path);
	}
	return 0;
}

static int check_guest(int root_fd, const struct mount *m, const struct plan *plan)
{
	const struct op *op = in_the_way(plan, m->source);

	(void)root_fd;
	return op ? log_error_errno(-ENOTDIR,
				    "'%s' cannot be mounted: '%s' is not a directory in the container but a %s.",
				    m->source, op->path, op->kind->name)
		  : 0;
}

static int check_image(int root_fd, const struct mount *m, const struct plan *plan)
{
	_cleanup_(closep) int fd = place_open_image(root_fd, m->source, m->readonly);
	int r = fd < 0 ? fd : check_foreign(root_fd, m->source);

	(void)plan;
	return r < 0 || image_type(fd) ? r : image_say_unknown(m->source);
}

static int check_host(int root_fd, const struct mount *m, const struct plan *plan)
{
	bool closed = false;
	_cleanup_(closep) int fd = place_open_source(root_fd, m->source, &closed);
	int r = fd < 0 ? fd : check_foreign(root_fd, m->source);

	(void)plan;
	if (r < 0)
		return r;
	if (!m->readonly && !closed && !is_nosuid(fd))
		log_warn("Root in the container can make set-user-ID programs in '%s', with which users of the host "
			 "become root; close the directory to them with chmod, mount its file system nosuid, or add "
			 "':ro'.",
			 m->source);
	return 0;
}

/* The source of the mount that would expose 'tree', or NULL. */
static const char *exposing(const struct mounts *mounts, const char *tree)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const char *source = mounts->v[i].source;

		if (mount_is_of_host(&mounts->v[i]) && (path_within(tree, source) || path_within(source, tree)))
			return source;
	}
	return NULL;
}

/* The image that root in a container with 'others' could write to, or NULL. */
static const char *writable_image(const struct mounts *mounts, const struct mounts *others)
{
	for (size_t i = 0; i < mounts->n; i++)
		for (size_t k = 0; k < others->n && mounts->v[i].kind == MOUNT_IMAGE; k++)
			if (others->v[k].kind == MOUNT_HOST && !others->v[k].readonly &&
			    path_within(mounts->v[i].source, others->v[k].source))
				return mounts->v[i].source;
	return NULL;
}

static int say_writable(const char *image, const char *name)
{
	return log_error_errno(
		-EACCES,
		"'%s' cannot be mounted, because root in container '%s' could write to the image itself, "
		"through a directory of the host.",
		image, name);
}

static int check_other(const struct record *other, const struct mounts *mounts, const char *tree)
{
	const char *ours = exposing(mounts, other->path), *theirs = exposing(&other->mounts, tree);
	const char *image = writable_image(mounts, &other->mounts), *used = writable_image(&other->mounts, mounts);

	if (image)
		return say_writable(image, other->name);
	if (used)
		return log_error_errno(-EACCES,
				       "Container '%s' has the image '%s' mounted, so no container may write to the "
				       "directory that it lies in.",
				       other->name, used);
	if (ours)
		return log_error_errno(-EACCES,
				       "'%s' cannot be mounted, because the files of container '%s' are in '%s'.", ours,
				       other->name, other->path);
	if (theirs)
		return log_error_errno(-EACCES, "No container can be in '%s', because container '%s' has '%s' mounted.",
				       tree, other->name, theirs);
	return 0;
}

/* With --path, a container's files can be anywhere, and no other container may mount them; for our own directory,
 * mount-spec.c sees to that. A container whose record cannot be read does not start, so it is ignored. */
static int check_others(int root_fd, const struct mounts *mounts, const char *tree)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = mounts->n == 0 && path_within(tree, CONTAINERS_DIR) ? 0 : record_names(root_fd, &names);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		_cleanup_(record_done) struct record other = { 0 };

		if (record_load(root_fd, names.v[i], &other) == 0)
			r = check_other(&other, mounts, tree);
	}
	return r;
}

static int (*const check_source[])(int root_fd, const struct mount *m, const struct plan *plan) = {
	[MOUNT_HOST] = check_host,
	[MOUNT_IMAGE] = check_image,
	[MOUNT_GUEST] = check_guest,
	[MOUNT_RAM] = NULL,
};

static int check_one(int root_fd, const struct mount *m, const struct plan *plan)
{
	const struct op *op = in_the_way(plan, m->target);

	if (op)
		return log_error_errno(
			-ENOTDIR, "Nothing can be mounted on '%s': '%s' is not a directory in the container but a %s.",
			m->target, op->path, op->kind->name);
	return check_source[m->kind] ? check_source[m->kind](root_fd, m, plan) : 0;
}

int check_mounts(const struct create_spec *spec, const struct plan *plan)
{
	const char *own = exposing(&spec->mounts, spec->path);
	const char *image = writable_image(&spec->mounts, &spec->mounts);
	int r = image ? say_writable(image, spec->name)
		: own ? log_error_errno(-EINVAL,
					"'%s' cannot be mounted, because the container's own files will be in '%s'.",
					own, spec->path)
		      : check_others(spec->context->root_fd, &spec->mounts, spec->path);

	for (size_t i = 0; r == 0 && i < spec->mounts.n; i++)
		r = check_one(spec->context->root_fd, &spec->mounts.v[i], plan);
	return r;
}
