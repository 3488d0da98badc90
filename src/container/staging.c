/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts on the host while a container starts, for libvirt to mount inside. They live on in the container when they are
 * gone from the host. Mounts that should be read-only are made so here, outside the container's user namespace, so that
 * root in the container cannot undo it. */
#include "container/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/paths.h"
#include "container/places.h"
#include "base/idmap.h"
#include "base/log.h"
#include "base/path.h"
#include "container/image.h"
#include "container/live-mounts.h"
#include "container/live-places.h"
#include "container/mount-spec.h"
#include "container/root-layout.h"
#include "container/tree-image.h"
#include "base/rootfd.h"

/* What is staged, apart from the shared directories of root-layout.c and the mounts of the record. */
static const struct {
	const char *name;
	enum { TREE, HANDED } source; /* HANDED is read-only, with the host's ids */
	bool readonly;
} mounts[] = {
	{ STAGING_ROOT, TREE, true },
	{ STAGING_TREE, TREE, false },
	{ STAGING_HOST, HANDED, true },
};

/* It is not an error if nothing is there. */
static void clear(const char *path)
{
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	if (rmdir(path) < 0 && errno == ENOTDIR)
		unlink(path);
}

void staging_clear(const char *name)
{
	_cleanup_(freep) char *dir = staging_dir(name), *image = xasprintf("%s/" STAGING_IMAGE, dir);

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir, mounts[i].name);

		clear(path);
	}
	for (const struct root_entry *e = root_layout; e->path; e++) {
		_cleanup_(freep) char *path = xasprintf("%s%s", dir, e->path);

		if (e->kind == ROOT_SHARED)
			clear(path);
	}
	for (size_t i = 0; live_places[i].path; i++) {
		_cleanup_(freep) char *path = staging_live(name, i), *host = staging_live_host(name, i);

		clear(path);
		clear(host);
	}
	for (size_t i = 0; i < MOUNTS_MAX; i++) {
		_cleanup_(freep) char *path = staging_bind(name, i);

		clear(path);
	}
	clear(image);
	rmdir(dir);
}

/* Apart from the host's root, only root in the container may enter, because libvirt mounts with its rights. */
static int make_directory(const struct record *record, const char *dir)
{
	if ((mkdir(STAGING_DIR, 0711) < 0 && errno != EEXIST) || chmod(STAGING_DIR, 0711) < 0)
		return log_error_errno(errno, "Cannot create '" STAGING_DIR "': %m");
	if ((mkdir(dir, 0710) < 0 && errno != EEXIST) || lchown(dir, 0, record->uid_base) < 0 || chmod(dir, 0710) < 0)
		return log_error_errno(errno, "Cannot create '%s': %m", dir);
	return 0;
}

static int mount_failed(int r, const char *path)
{
	if (r == -EINVAL)
		return log_error_errno(r,
				       "The file system of '%s' does not support id-mapped mounts; put it on ext4, xfs "
				       "or btrfs, or create the container with --private-users=no.",
				       path);
	if (r == -ENOSYS)
		return log_error_errno(r, "This kernel does not support id-mapped mounts, which need Linux 5.12; "
					  "create the container with --private-users=no.");
	return log_error_errno(r, "Cannot mount '%s' for the container: %m", path);
}

/* 'source' is the path of 'fd', for messages. A descriptor, or -errno after a message. */
static int clone(int fd, const char *source, int userns, bool readonly)
{
	int mount = idmap_clone(fd, userns, readonly ? IDMAP_READONLY : 0);

	return mount < 0 ? mount_failed(mount, source) : mount;
}

static int attach(int mount, const char *source, const char *target)
{
	int r;

	if (mkdir(target, 0700) < 0 && errno != EEXIST)
		return log_error_errno(errno, "Cannot create '%s': %m", target);
	r = idmap_attach(mount, target);
	return r < 0 ? mount_failed(r, source) : 0;
}

static int mount_one(int fd, const char *source, const char *target, int userns, bool readonly)
{
	_cleanup_(closep) int mount = clone(fd, source, userns, readonly);

	return mount < 0 ? mount : attach(mount, source, target);
}

/* For a directory that only the host's root can exchange. */
static int mount_own(int root_fd, const char *source, const char *target, int userns)
{
	_cleanup_(closep) int fd = rootfd_openat(root_fd, source, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_ROOT);

	return fd < 0 ? log_error_errno(fd, "Cannot open '%s': %m", source)
		      : mount_one(fd, source, target, userns, true);
}

/* What is needed for the mounts of the record. */
struct asked {
	const struct record *record;
	int root_fd, tree, userns;
};

static int clone_host(const struct asked *a, const struct mount *m)
{
	_cleanup_(closep) int fd = place_open_source(a->root_fd, m->source, NULL);

	return fd < 0 ? fd : clone(fd, m->source, a->userns, m->readonly);
}

static int clone_guest(const struct asked *a, const struct mount *m)
{
	_cleanup_(closep) int fd = rootfd_openat(a->tree, m->source, O_PATH | O_DIRECTORY, 0, WALK_TREE);

	if (fd < 0)
		return log_error_errno(fd, "'%s%s' must be a directory: %m", a->record->path, m->source);
	return clone(fd, a->record->path, a->userns, m->readonly);
}

static int mount_image(const struct asked *a, const struct mount *m)
{
	_cleanup_(closep) int fd = place_open_image(a->root_fd, m->source, m->readonly);

	return fd < 0 ? fd : image_mount(a->root_fd, fd, m->source, a->record->file_context, a->userns, m->readonly);
}

/* A detached mount of what is to be seen in the container, or -errno after a message. libvirt itself makes those in
 * memory. */
static int (*const mount_asked[])(const struct asked *a, const struct mount *m) = {
	[MOUNT_HOST] = clone_host,
	[MOUNT_IMAGE] = mount_image,
	[MOUNT_GUEST] = clone_guest,
	[MOUNT_RAM] = NULL,
};

static int mount_all_asked(const struct asked *a)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < a->record->mounts.n; i++) {
		const struct mount *m = &a->record->mounts.v[i];
		_cleanup_(freep) char *target = staging_bind(a->record->name, i);
		_cleanup_(closep) int mount = -1;

		if (!mount_asked[m->kind])
			continue;
		mount = mount_asked[m->kind](a, m);
		r = mount < 0 ? mount : attach(mount, m->source, target);
	}
	return r;
}

/* Attaches the image of a tree, because only a mount that is attached can be cloned before Linux 6.15, and opens the
 * tree in it. A descriptor, or -errno after a message. */
static int attach_image(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *dir = staging_dir(record->name), *target = xasprintf("%s/" STAGING_IMAGE, dir);
	const char *name;
	_cleanup_(closep) int parent = place_open_parent(root_fd, record->path, &name);
	_cleanup_(closep) int mount = parent < 0 ? parent : tree_image_mount(root_fd, parent, name, record->path);
	int r = mount < 0 ? mount : attach(mount, record->path, target), tree;

	if (r < 0)
		return r;
	tree = openat(mount, TREE_IMAGE_TREE, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return tree < 0 ? log_error_errno(errno, "Cannot open the tree in '%s': %m", record->path) : tree;
}

static int mount_all(int root_fd, int tree, const struct record *record, int userns)
{
	_cleanup_(freep) char *dir = staging_dir(record->name), *runtime = runtime_dir(record->name);
	_cleanup_(freep) char *host = xasprintf("%s/" RUNTIME_HOST, runtime);
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(mounts); i++) {
		_cleanup_(freep) char *target = xasprintf("%s/%s", dir, mounts[i].name);

		r = mounts[i].source == TREE ? mount_one(tree, record->path, target, userns, mounts[i].readonly)
					     : mount_own(root_fd, host, target, -1);
	}
	for (const struct root_entry *e = root_layout; r == 0 && e->path; e++) {
		_cleanup_(freep) char *target = xasprintf("%s%s", dir, e->path);

		if (e->kind == ROOT_SHARED)
			r = mount_own(root_fd, e->path, target, userns);
	}
	if (r == 0)
		r = live_mount(root_fd, tree, record);
	return r < 0 ? r : mount_all_asked(&(struct asked){ record, root_fd, tree, userns });
}

int staging_make(int root_fd, int tree, const struct record *record)
{
	_cleanup_(freep) char *dir = staging_dir(record->name);
	_cleanup_(closep) int userns = -1, image = -1;
	int r;

	if (record->uid_base != 0) {
		userns = idmap_userns(record->uid_base, record->uid_count);
		if (userns < 0)
			return log_error_errno(userns, "Cannot create a user namespace for container '%s': %m",
					       record->name);
	}
	staging_clear(record->name); /* left by a start that was killed */
	r = make_directory(record, dir);
	if (r == 0 && place_has_image(root_fd, record->path))
		r = tree = image = attach_image(root_fd, record);
	return r < 0 ? r : mount_all(root_fd, tree, record, userns);
}

/* Makes sure of a directory, because libvirt follows links in the paths that it mounts, and the container can change
 * the tree. */
static int check_folder(int tree, const struct record *record, const char *name)
{
	_cleanup_(closep) int fd = rootfd_openat(tree, name, O_PATH | O_DIRECTORY, 0, WALK_TREE);

	if (fd < 0)
		return log_error_errno(fd, "'%s/%s' must be a directory: %m", record->path, name);
	return 0;
}

/* The directories on which libvirt and the container's init mount. libvirt could not create the missing one for its old
 * root, because it would do so when the root is already read-only. */
static int check_root(int tree, const struct record *record)
{
	int r = 0;

	for (const struct root_entry *e = root_layout; r == 0 && e->path; e++) {
		const char *name = e->path + 1;

		if (e->kind == ROOT_PIVOT && mkdirat(tree, name, e->mode) < 0 && errno != EEXIST)
			return log_error_errno(errno, "Cannot create '%s/%s': %m", record->path, name);
		if (root_is_covered(e))
			r = check_folder(tree, record, name);
	}
	return r;
}

/* Creates a directory on which libvirt mounts, or that is mounted, because libvirt would follow links when it creates
 * one. */
static int make_target(int tree, const struct record *record, const char *target)
{
	for (const char *end = target; *end;) {
		_cleanup_(freep) char *path = NULL;
		_cleanup_(closep) int parent = -1;
		const char *name;

		end += 1 + strcspn(end + 1, "/");
		path = xstrndup(target, (size_t)(end - target));
		parent = rootfd_parent(tree, path, WALK_TREE, &name);
		if (parent < 0 || (mkdirat(parent, name, 0755) < 0 && errno != EEXIST))
			return log_error_errno(parent < 0 ? parent : -errno, "Cannot create the mount point '%s%s': %m",
					       record->path, path);
	}
	return check_folder(tree, record, target + 1);
}

/* The same for a file, which is empty. */
static int make_file_target(int tree, const struct record *record, const char *target)
{
	_cleanup_(freep) char *dir = path_parent(target);
	_cleanup_(closep) int fd = -1;
	struct stat st;
	int r = make_target(tree, record, dir);

	if (r < 0)
		return r;
	fd = rootfd_openat(tree, target, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644, WALK_TREE);
	r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EBADF;
	return r < 0 ? log_error_errno(r, "'%s%s' must be a file: %m", record->path, target) : 0;
}

static int make_targets(int tree, const struct record *record)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->live.n; i++)
		r = live_place(record->live.v[i])->kind == LIVE_FILE ? make_file_target(tree, record, record->live.v[i])
								     : make_target(tree, record, record->live.v[i]);
	for (size_t i = 0; r == 0 && i < record->mounts.n; i++) {
		const struct mount *m = &record->mounts.v[i];

		r = m->kind == MOUNT_GUEST ? make_target(tree, record, m->source) : 0;
		if (r == 0)
			r = make_target(tree, record, m->target);
	}
	return r;
}

int staging_prepare(int tree, const struct record *record)
{
	int r = check_root(tree, record);

	return r < 0 ? r : make_targets(tree, record);
}
