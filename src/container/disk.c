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
#include <unistd.h>

#include "base/log.h"
#include "base/syscalls.h"

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

int disk_check(int fd, const char *name, const char *path, bool own_ids)
{
	if (!own_ids)
		return log_error_errno(
			-EINVAL, "Container '%s' cannot be limited on the disk, because it has no ids of its own.",
			name);
	if (!disk_enforces(fd))
		return log_error_errno(
			-EOPNOTSUPP,
			"Container '%s' cannot be limited on the disk, because the file system of '%s' has no project "
			"quotas: it has to be ext4 with 'tune2fs -O project,quota', or xfs, and mounted with "
			"'prjquota'. --disk=infinity lifts the limit.",
			name, path);
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

int disk_limit(int tree, const struct record *record)
{
	uint64_t bytes = record->limits[LIMIT_DISK];
	bool own = has_project(tree, record->uid_base);
	int r = bytes ? disk_check(tree, record->name, record->path, record->uid_base != 0) : 0;

	if (r < 0 || (bytes == 0 && (!own || !disk_enforces(tree))))
		return r;
	if (!own)
		return log_error_errno(-EOPNOTSUPP,
				       "Container '%s' cannot be limited on the disk, because its directory was made "
				       "when its file system had no project quotas, or belongs to another project. "
				       "'virt-sandbox-service snapshot %s new' and 'restore %s new' make it anew.",
				       record->name, record->name, record->name);
	r = set_limit(tree, record->uid_base, bytes);
	return r < 0 ? log_error_errno(r, "Cannot limit container '%s' on the disk: %m", record->name) : 0;
}

void disk_end(int tree, uint32_t project)
{
	if (has_project(tree, project) && disk_enforces(tree))
		set_limit(tree, project, 0);
}

int disk_used(int tree, uint32_t project, uint64_t *ret)
{
	struct if_dqblk used;
	int r = has_project(tree, project) ? quota(tree, Q_GETQUOTA, project, &used) : -ENODATA;

	if (r == 0)
		*ret = used.dqb_curspace;
	return r;
}
