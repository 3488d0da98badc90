/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A place of the host is mounted read-only and without the container's ids, so that its files belong to nobody inside:
 * root in the container may read what all users of the host may read, and nothing else, whatever appears there later.
 *
 * If the container has files of its own for the place, an overlay shows them before the host's. It has no upper layer,
 * so nothing is written through it. The kernel keeps names that it has looked up in an overlay, which is why one is
 * mounted only where it is needed: without it, the container sees each change of the host's directory at once. */
#include "container/live-mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/live-places.h"
#include "container/paths.h"

/* Restrictions of every mount here. */
#define CLONED (IDMAP_READONLY | IDMAP_NOSUID)
#define OVERLAID (MS_RDONLY | MS_NOSUID | MS_NODEV)

/* What is needed for the mounts of one container. */
struct live {
	const struct record *record;
	int root_fd, tree;
	int nobody; /* idmap_nobody(), if the container has the host's ids; else -1 */
};

static int open_place(int below, const struct live_place *place)
{
	_cleanup_(closep) int fd = rootfd_openat(below, place->path, O_PATH | O_NOFOLLOW, 0, WALK_TREE);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (place->kind == LIVE_FILE ? !S_ISREG(st.st_mode) : !S_ISDIR(st.st_mode))
		return place->kind == LIVE_FILE ? -EBADF : -ENOTDIR;
	return steal_fd(&fd);
}

/* The host's; or, if the host no longer has such a place, what lies below the mount in the container, which is
 * empty. */
static int open_source(const struct live *live, const struct live_place *place)
{
	int fd = open_place(live->root_fd, place);

	if (fd >= 0)
		return fd;
	log_warn_errno(fd, "The host no longer has '%s' for container '%s': %m", place->path, live->record->name);
	return open_place(live->tree, place);
}

/* A container with ids of its own owns nothing in a mount that is not mapped to them. Otherwise the mount must be
 * mapped to nobody, unless its file system cannot be. */
static int clone_source(const struct live *live, int fd)
{
	int mount = idmap_clone(fd, live->nobody, CLONED);

	return mount == -EINVAL && live->nobody >= 0 ? idmap_clone(fd, -1, CLONED) : mount;
}

/* A directory, or an empty file, to mount on. */
static int make_target(const char *target, bool file)
{
	_cleanup_(closep) int fd = -1;

	if (!file)
		return mkdir(target, 0700) < 0 && errno != EEXIST ? -errno : 0;
	fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : 0;
}

static int mount_host(const struct live *live, const struct live_place *place, const char *target)
{
	_cleanup_(closep) int fd = open_source(live, place);
	_cleanup_(closep) int mount = fd < 0 ? fd : clone_source(live, fd);
	int r = mount < 0 ? mount : make_target(target, place->kind == LIVE_FILE);

	return r < 0 ? r : idmap_attach(mount, target);
}

/* Root in the container may have put any number of files there, so only the first name is read. */
static bool has_files(int fd)
{
	_cleanup_(closedirp) DIR *dir = NULL;

	if (rootfd_opendir(fd, ".", WALK_TREE, &dir) < 0)
		return false;
	for (const struct dirent *d; (d = readdir(dir));)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			return true;
	return false;
}

/* The directory with the container's own files, as the mount of its tree shows it, whose ids are mapped. -ENOENT if it
 * has none. */
static int open_own(const struct live *live, const struct live_place *place)
{
	_cleanup_(freep) char *staged = staging_dir(live->record->name), *own = live_own_dir(place);
	_cleanup_(freep) char *tree = xasprintf("%s/" STAGING_TREE, staged);
	_cleanup_(closep) int tree_fd = -1, fd = -1;

	if (place->kind != LIVE_MERGED)
		return -ENOENT;
	tree_fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = tree_fd < 0 ? -errno : rootfd_openat(tree_fd, own, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	if (fd < 0)
		return fd;
	return has_files(fd) ? steal_fd(&fd) : -ENOENT;
}

/* The options keep the kernel from believing attributes of the container's own layer. */
static int mount_overlay(int own, const char *host, const char *target)
{
	_cleanup_(closep) int fd = open(host, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(freep) char *options = xasprintf("lowerdir=/proc/self/fd/%d:/proc/self/fd/%d,redirect_dir=nofollow,"
						   "metacopy=off",
						   own, fd);
	int r = fd < 0 ? -errno : make_target(target, false);

	if (r < 0)
		return r;
	return mount("overlay", target, "overlay", OVERLAID, options) < 0 ? -errno : 0;
}

static int mount_place(const struct live *live, const struct live_place *place)
{
	const char *name = live->record->name;
	size_t row = (size_t)(place - live_places);
	_cleanup_(freep) char *target = staging_live(name, row), *host = staging_live_host(name, row);
	_cleanup_(closep) int own = open_own(live, place);
	int r;

	if (own >= 0) {
		r = mount_host(live, place, host);
		r = r < 0 ? r : mount_overlay(own, host, target);
		if (r >= 0)
			return 0;
		log_warn_errno(r,
			       "Container '%s' does not find its own files in '%s', for which the host needs an "
			       "overlay file system and Linux 5.19: %m",
			       name, place->path);
	}
	r = mount_host(live, place, target);
	return r < 0 ? log_error_errno(r, "Cannot mount '%s' for container '%s': %m", place->path, name) : 0;
}

int live_mount(int root_fd, int tree, const struct record *record)
{
	const struct live live = {
		.record = record,
		.root_fd = root_fd,
		.tree = tree,
		.nobody = record->uid_base == 0 && record->live.n > 0 ? idmap_nobody() : -1,
	};
	int r = 0;

	if (live.nobody < -1)
		return log_error_errno(live.nobody, "Cannot create a user namespace for container '%s': %m",
				       record->name);
	for (size_t i = 0; r == 0 && i < record->live.n; i++)
		r = mount_place(&live, live_place(record->live.v[i]));
	if (live.nobody >= 0)
		close(live.nobody);
	return r;
}
