/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which file systems an image may have, the loop device, and the mount, by the calls with descriptors (fsopen(2)): what
 * is not attached anywhere cannot be left behind. loop(4), LOOP_CONFIGURE, Linux 5.8. */
#include "container/image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/strv.h"
#include "base/syscalls.h"

#define TRIES 100 /* of a free device, which somebody else may take first */

/* Not btrfs: it looks for other devices of the same file system by a number in the image, which could be that of one of
 * the host's. */
static const struct type {
	const char *name;
	unsigned int at; /* where its magic number is */
	const char *magic;
	const char *option, *reason; /* or NULL */
} types[] = {
	{ "ext4", 0x438, "\x53\xef", "errors=remount-ro",
	  "an image can say 'panic', which would stop the host at an error in it" },
	{ "xfs", 0, "XFSB", "nouuid", "a copy of an image, which has the same UUID, can be mounted beside it" },
	{ "squashfs", 0, "hsqs", NULL, NULL },
	{ "erofs", 0x400, "\xe2\xe1\xf5\xe0", NULL, NULL },
};

static const struct type *type_of(int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		char magic[4];
		size_t n = strlen(types[i].magic);

		if (pread(fd, magic, n, types[i].at) == (ssize_t)n && memcmp(magic, types[i].magic, n) == 0)
			return &types[i];
	}
	return NULL;
}

const char *image_type(int fd)
{
	const struct type *type = type_of(fd);

	return type ? type->name : NULL;
}

int image_say_unknown(const char *path)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(freep) char *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		strv_add(&names, types[i].name);
	list = strv_enumerate(&names, "or");
	return log_error_errno(-EINVAL,
			       "'%s' is not the image of a file system that can be mounted in a container, which is "
			       "%s, without a table of partitions.",
			       path, list);
}

int image_attach(int root_fd, int fd, const char *path, bool readonly, char **ret_path)
{
	_cleanup_(closep) int control = rootfd_openat(root_fd, "/dev/loop-control", O_RDWR, 0, WALK_ROOT);
	struct loop_config config = {
		.fd = (__u32)fd,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | (readonly ? LO_FLAGS_READ_ONLY : 0),
	};

	if (control < 0)
		return control;
	strncpy((char *)config.info.lo_file_name, path, LO_NAME_SIZE - 1); /* losetup(8) shows it */
	for (unsigned int i = 0; i < TRIES; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		_cleanup_(freep) char *device = xasprintf("/dev/loop%d", number);
		_cleanup_(closep) int loop = -1;

		if (number < 0)
			return -errno;
		loop = rootfd_openat(root_fd, device, O_RDWR, 0, WALK_ROOT);
		if (loop < 0)
			return loop;
		if (ioctl(loop, LOOP_CONFIGURE, &config) == 0) {
			*ret_path = steal_ptr(device);
			return steal_fd(&loop);
		}
		if (errno != EBUSY)
			return -errno;
	}
	return -EBUSY;
}

/* 'option' is "KEY" or "KEY=VALUE". */
static int set(int fd, const char *option)
{
	const char *value = strchr(option, '=');
	_cleanup_(freep) char *key = xstrndup(option, strcspn(option, "="));

	return value ? sys_fsconfig(fd, FSCONFIG_SET_STRING, key, value + 1, 0)
		     : sys_fsconfig(fd, FSCONFIG_SET_FLAG, key, NULL, 0);
}

int image_mount_device(const char *type, const char *device, const struct strv *options, bool nosuid)
{
	_cleanup_(closep) int fd = sys_fsopen(type, FSOPEN_CLOEXEC);
	_cleanup_(freep) char *source = xasprintf("source=%s", device);
	int r = fd < 0 ? fd : set(fd, source);

	for (size_t i = 0; i < options->n && r >= 0; i++)
		r = set(fd, options->v[i]);
	if (r >= 0)
		r = sys_fsconfig(fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return r < 0 ? r : sys_fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | (nosuid ? MOUNT_ATTR_NOSUID : 0));
}

int image_mount(int root_fd, int fd, const char *path, const char *context, int userns, bool readonly)
{
	const struct type *type = type_of(fd);
	_cleanup_(strv_done) struct strv options = { 0 };
	_cleanup_(freep) char *device = NULL;
	_cleanup_(closep) int loop = -1, mount = -1;
	int r;

	if (!type)
		return image_say_unknown(path);
	/* The device keeps the open file, and so the lock. */
	if (flock(fd, (readonly ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
		return log_error_errno(-errno, "'%s' is mounted in another container, or a program has locked it: %m",
				       path);
	loop = image_attach(root_fd, fd, path, readonly, &device);
	if (loop < 0)
		return log_error_errno(loop, "Cannot get a loop device for '%s': %m", path);
	if (readonly)
		strv_add(&options, "ro");
	if (type->option)
		strv_add(&options, type->option);
	if (context && *context)
		strv_addf(&options, "context=%s", context);
	mount = image_mount_device(type->name, device, &options, true);
	if (mount < 0)
		return log_error_errno(mount, "Cannot mount the %s file system in '%s': %m", type->name, path);
	r = idmap_set(mount, userns, IDMAP_NOSUID | (readonly ? IDMAP_READONLY : 0));
	if (r < 0)
		return log_error_errno(r, "Cannot mount the %s file system in '%s' with the container's ids: %m",
				       type->name, path);
	return steal_fd(&mount);
}
