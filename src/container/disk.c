/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls: quotactl_fd(2), Linux 5.14, which takes a descriptor in place of the path of a device; and the
 * attributes of inodes, ioctl_xfs_fsgetxattr(2), which ext4 has, too. */
#include "container/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/syscalls.h"
#include "container/places.h"
#include "container/tree-image.h"

#define BLOCK UINT64_C(1024) /* bytes, of the limits in struct if_dqblk */

/* An inode takes space of the file system that does not count. mke2fs.conf(5): a file system has one for so many bytes,
 * unless it is small. */
#define BYTES_PER_FILE UINT64_C(16384)
#define LEAST_FILES UINT64_C(65536)

/* 'tree' may be an O_PATH descriptor. */
static int read_attributes(int tree, struct fsxattr *ret)
{
	_cleanup_(closep) int fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, FS_IOC_FSGETXATTR, ret) < 0 ? -errno : 0;
}

/* Whether what is made in 'tree' belongs to the project, and it is not 0, which stands for none. */
static bool has_project(int tree, uint32_t project)
{
	struct fsxattr attributes;

	return project != 0 && read_attributes(tree, &attributes) == 0 &&
	       attributes.fsx_xflags & FS_XFLAG_PROJINHERIT && attributes.fsx_projid == project;
}

static int quota(int fd, unsigned int command, uint32_t project, void *data)
{
	return sys_quotactl_fd(fd, QCMD(command, PRJQUOTA), (int)project, data);
}

void disk_begin(int tree, uint32_t project)
{
	struct fsxattr attributes;
	int r = project ? read_attributes(tree, &attributes) : 0;

	if (project == 0)
		return;
	if (r == 0 && attributes.fsx_xflags & FS_XFLAG_PROJINHERIT)
		r = -EEXIST;
	/* An ext4 without projects would take the flag all the same. */
	if (r == 0) {
		attributes.fsx_projid = project;
		r = ioctl(tree, FS_IOC_FSSETXATTR, &attributes) < 0 ? -errno : 0;
	}
	if (r == 0) {
		attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
		r = ioctl(tree, FS_IOC_FSSETXATTR, &attributes) < 0 ? -errno : 0;
	}
	if (r < 0)
		log_debug("The directory has no project of its own: %s.", strerror(-r));
}

bool disk_enforces(int fd)
{
	struct fs_quota_stat state = { 0 };

	return quota(fd, Q_XGETQSTAT, 0, &state) == 0 && state.qs_flags & FS_QUOTA_PDQ_ENFD;
}

/* The directory that is to hold the container's, or if that is not made yet, the nearest one above it. */
static int open_place(int root_fd, const char *path)
{
	_cleanup_(freep) char *dir = xstrdup(path);
	int fd = -ENOENT;

	while (fd == -ENOENT && *dir) {
		char *parent = path_parent(dir);

		free(dir);
		dir = parent;
		fd = rootfd_openat(root_fd, *dir ? dir : "/", O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	}
	return fd;
}

int disk_choose(int root_fd, const struct record *record, bool asked, bool *ret_image)
{
	_cleanup_(closep) int place = -1;

	*ret_image = false;
	if (record->limits[LIMIT_DISK] == 0)
		return 0;
	if (!asked)
		place = open_place(root_fd, record->path);
	*ret_image = asked || record->uid_base == 0 || (place >= 0 && !disk_enforces(place));
	return *ret_image ? tree_image_check(record->name) : 0;
}

static int check_quota(int tree, const struct record *record)
{
	if (record->uid_base == 0)
		return log_error_errno(
			-EINVAL,
			"Container '%s' cannot be limited on the disk, because it has no ids of its own, and it is "
			"not in an image.",
			record->name);
	if (!disk_enforces(tree))
		return log_error_errno(
			-EOPNOTSUPP,
			"Container '%s' cannot be limited on the disk, because the file system of '%s' has no project "
			"quotas, and it is not in an image. The file system has to be ext4 with 'tune2fs -O "
			"project,quota', or xfs, and mounted with 'prjquota'. --disk=infinity lifts the limit.",
			record->name, record->path);
	return 0;
}

static int set_limit(int tree, uint32_t project, uint64_t bytes)
{
	struct if_dqblk limits = {
		.dqb_bhardlimit = bytes / BLOCK,
		.dqb_ihardlimit = bytes ? MAX(bytes / BYTES_PER_FILE, LEAST_FILES) : 0,
		.dqb_valid = QIF_LIMITS,
	};

	return quota(tree, Q_SETQUOTA, project, &limits);
}

static int limit_project(int tree, const struct record *record)
{
	uint64_t bytes = record->limits[LIMIT_DISK];
	bool own = has_project(tree, record->uid_base);
	int r = bytes ? check_quota(tree, record) : 0;

	if (r < 0 || (bytes == 0 && (!own || !disk_enforces(tree))))
		return r;
	if (!own)
		return log_error_errno(
			-EOPNOTSUPP,
			"Container '%s' cannot be limited on the disk, because its directory was made "
			"when its file system had no project quotas, or belongs to another project. "
			"'virt-sandbox-service set --disk=infinity %s' and then 'set --disk=SIZE %s' make "
			"it anew.",
			record->name, record->name, record->name);
	r = set_limit(tree, record->uid_base, bytes);
	return r < 0 ? log_error_errno(r, "Cannot limit container '%s' on the disk: %m", record->name) : 0;
}

static int limit_image(int root_fd, const struct record *record)
{
	const char *name;
	_cleanup_(closep) int dir = place_open_parent(root_fd, record->path, &name);

	return dir < 0 ? dir : tree_image_grow(root_fd, dir, name, record->path, record->limits[LIMIT_DISK]);
}

int disk_limit(int root_fd, int tree, const struct record *record)
{
	return place_has_image(root_fd, record->path) ? limit_image(root_fd, record) : limit_project(tree, record);
}

bool disk_needs_new_tree(int root_fd, int tree, const struct record *old, const struct record *record)
{
	uint64_t before = old->limits[LIMIT_DISK], bytes = record->limits[LIMIT_DISK];

	struct stat st;

	if (rootfd_lstat(root_fd, record->path, WALK_ROOT, &st) == 0 && S_ISREG(st.st_mode))
		return bytes == 0 || bytes < (uint64_t)st.st_size;
	return bytes != before && bytes && !(has_project(tree, record->uid_base) && disk_enforces(tree));
}

void disk_end(int tree, uint32_t project)
{
	if (has_project(tree, project) && disk_enforces(tree))
		set_limit(tree, project, 0);
}

int disk_used(int root_fd, const struct record *record, uint64_t *ret)
{
	bool image = place_has_image(root_fd, record->path);
	_cleanup_(closep) int tree = image ? place_open_tree(root_fd, record->path, false)
					   : rootfd_openat(root_fd, record->path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	struct if_dqblk used;
	int r = tree;

	if (tree < 0 || image)
		return tree < 0 ? tree : tree_image_used(tree, ret);
	r = has_project(tree, record->uid_base) ? quota(tree, Q_GETQUOTA, record->uid_base, &used) : -ENODATA;
	if (r == 0)
		*ret = used.dqb_curspace;
	return r;
}
