/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices of the host a container can be given. The kernel asks nobody else once it has a device, so those that
 * reach all of the host's memory or disks are refused, and so are those that every container has. */
#include "container/device.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/util.h"
#include "container/record-value.h"

/* The numbers are those of the kernel's Documentation/admin-guide/devices.txt. */
#define OWN "every container has its own"
#define MEMORY "with it, the container could read and write all of the host's memory"
#define DISKS "with it, the container could read and write all of the host's disks"
#define CONSOLE "it is the host's console"

static const struct {
	unsigned int major[2], minor[2]; /* first and last */
	const char *reason;
} refused[] = {
	{ { 1, 1 }, { 1, 2 }, MEMORY },
	{ { 1, 1 }, { 3, 3 }, OWN },
	{ { 1, 1 }, { 4, 4 }, "with it, the container could use all of the host's hardware" },
	{ { 1, 1 }, { 5, 9 }, OWN },
	{ { 1, 1 }, { 11, 11 }, "the kernel's messages are the host's" },
	{ { 4, 4 }, { 0, 63 }, CONSOLE },	    /* virtual consoles; serial lines come after them */
	{ { 5, 5 }, { 0, 2 }, OWN },		    /* tty, console, ptmx */
	{ { 7, 7 }, { 0, UINT32_MAX }, CONSOLE },   /* vcs(4) */
	{ { 10, 10 }, { 231, 231 }, MEMORY },	    /* snapshot, of all memory for hibernation */
	{ { 21, 21 }, { 0, UINT32_MAX }, DISKS },   /* SCSI, generic */
	{ { 90, 90 }, { 0, UINT32_MAX }, DISKS },   /* flash memory */
	{ { 136, 143 }, { 0, UINT32_MAX }, OWN },   /* pts(4) */
	{ { 162, 162 }, { 0, UINT32_MAX }, DISKS }, /* raw */
};

/* Disks whose numbers the kernel assigns when it finds them. These are the names of their classes in /sys/class. */
static const char *const disk_subsystems[] = {
	"bsg",		/* SCSI and SATA, generic */
	"nvme",		/* controllers */
	"nvme-generic", /* disks, without a capability since Linux 6.2 */
	"ubi",		/* volumes in flash memory */
};

bool device_path_valid(const char *text)
{
	static const char *const others[] = { "/dev/fd/", "/dev/mqueue/", "/dev/pts/", "/dev/shm/" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (skip_prefix(text, others[i]))
			return false;
	return value_is_path(text) && skip_prefix(text, "/dev/") && !strchr(text, ' '); /* it is a word for init */
}

static const char *refusal_of_class(int root_fd, unsigned int major, unsigned int minor)
{
	_cleanup_(freep) char *link = xasprintf("/sys/dev/char/%u:%u/subsystem", major, minor);
	_cleanup_(freep) char *target = NULL;
	const char *name;
	int r = rootfd_readlink(root_fd, link, WALK_ROOT, &target);

	if (r < 0) /* without a driver, a device has no class */
		return r == -ENOENT ? NULL : "its class in /sys cannot be read";
	name = strrchr(target, '/');
	for (size_t i = 0; name && i < ARRAY_SIZE(disk_subsystems); i++)
		if (strcmp(name + 1, disk_subsystems[i]) == 0)
			return DISKS;
	return NULL;
}

static const char *refusal(int root_fd, unsigned int major, unsigned int minor)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (major >= refused[i].major[0] && major <= refused[i].major[1] && minor >= refused[i].minor[0] &&
		    minor <= refused[i].minor[1])
			return refused[i].reason;
	return refusal_of_class(root_fd, major, minor);
}

int device_check(int root_fd, const char *path, bool *ret_open, char **ret_message)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(freep) char *dir = path_parent(path);
	_cleanup_(closep) int fd = guarded_open_dir(root_fd, dir, GUARD_ROOT, &way);
	const char *reason;
	struct stat st;

	if (fd == -EPERM) {
		*ret_message = xasprintf("Users of the host can put another device in the place of '%s', because they "
					 "can write to '%s'.",
					 path, way.culprit);
		return fd;
	}
	if (fd < 0 || fstatat(fd, strrchr(path, '/') + 1, &st, 0) < 0) {
		int error = fd < 0 ? -fd : errno;

		*ret_message = xasprintf("Cannot look at device '%s': %s", path, strerror(error));
		return -error;
	}
	reason = S_ISBLK(st.st_mode)	? "it is a block device; mount its file system, and give that with --mount"
		 : !S_ISCHR(st.st_mode) ? "it is not a device"
					: refusal(root_fd, major(st.st_rdev), minor(st.st_rdev));
	*ret_open = (st.st_mode & 0006) == 0006;
	if (!reason)
		return 0;
	*ret_message = xasprintf("No container can have '%s': %s.", path, reason);
	return -EINVAL;
}
