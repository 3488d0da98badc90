/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that has two loop devices would be two file systems that overwrite each other. So the device is looked for
 * before one is made, under a lock; and what the device keeps open has another lock, against other programs. loop(4);
 * the fields of the superblock are in the kernel's documentation of ext4, globals.rst. */
#include "container/tree-image.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "container/image.h"

#define MKFS "/usr/sbin/mkfs.ext4"

/* With smaller blocks, which mkfs.ext4 chooses for small file systems, one could not grow far. */
#define BLOCK 4096

#define RESIZE _IOW('f', 16, uint64_t) /* EXT4_IOC_RESIZE_FS, in a header of the kernel since 6.0 */

/* Fields of the superblock, from the beginning of the file. */
#define SUPERBLOCK 1024
#define BLOCKS_LOW (SUPERBLOCK + 0x4)
#define BLOCKS_HIGH (SUPERBLOCK + 0x150)
#define STATE (SUPERBLOCK + 0x3a)
#define STATE_ERRORS 2

/* Not -EUCLEAN, which the kernel has for it: that stands for changes that could not be undone (create/plan.h). */
#define DAMAGED (-EBADMSG)

/* A device whose last user is ending still has the file locked for a moment. */
#define TRIES 500
#define PAUSE_NS 10000000L

int tree_image_check(const char *name)
{
	if (access(MKFS, X_OK) == 0)
		return 0;
	return log_error_errno(-ENOENT,
			       "Container '%s' cannot have an image, because '" MKFS "' is missing; install "
			       "e2fsprogs.",
			       name);
}

/* What may help against the error: the end of a sentence. */
static const char *advice(int r)
{
	return r == -EACCES ? ". With SELinux, 'setsebool -P virt_sandbox_images on' lets containers have images." : "";
}

static int open_file(int dir, const char *name, const char *path)
{
	_cleanup_(closep) int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return log_error_errno(errno, "Cannot open the image '%s': %m%s", path, advice(-errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || users_can_write(&st))
		return log_error_errno(-EPERM,
				       "'%s' is not the image of a container, because users other than root can write "
				       "to it; 'chown root %s; chmod 600 %s' closes it.",
				       path, path, path);
	return steal_fd(&fd);
}

static bool is_loop(const char *name)
{
	const char *number = skip_prefix(name, "loop");

	return number && isdigit((unsigned char)*number);
}

/* The loop device that the file has: a descriptor that keeps it, and in *ret_device its path, for the caller to free;
 * or -ENOENT. Opened for reading, because udev looks at a device again that was open for writing. */
static int find_device(int root_fd, int file, char **ret_device)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	struct stat st;
	int r = rootfd_list(root_fd, "/sys/block", WALK_ROOT, &names);

	if (r < 0 || fstat(file, &st) < 0)
		return r < 0 ? r : -errno;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *device = xasprintf("/dev/%s", names.v[i]);
		_cleanup_(closep) int fd = -1;
		struct loop_info64 info;

		if (!is_loop(names.v[i]))
			continue;
		fd = rootfd_openat(root_fd, device, O_RDONLY | O_NONBLOCK, 0, WALK_ROOT);
		if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0 || info.lo_device != st.st_dev ||
		    info.lo_inode != st.st_ino)
			continue;
		*ret_device = steal_ptr(device);
		return steal_fd(&fd);
	}
	return -ENOENT;
}

/* The file system is about to be mounted by the first one. The kernel goes on from its journal by itself; errors that
 * it found earlier would become worse. */
static int check_state(int file, const char *path)
{
	uint16_t state;

	if (pread(file, &state, sizeof(state), STATE) != sizeof(state) || !(le16toh(state) & STATE_ERRORS))
		return 0;
	return log_error_errno(DAMAGED, "The file system in '%s' has errors; 'e2fsck -f %s' repairs it.", path, path);
}

/* The device that the file has, or a new one. -EWOULDBLOCK if something else uses the file. */
static int try_device(int root_fd, int file, const char *path, char **ret_device)
{
	int r = find_device(root_fd, file, ret_device);

	if (r != -ENOENT)
		return r;
	r = flock(file, LOCK_EX | LOCK_NB) < 0 ? -errno : check_state(file, path);
	return r < 0 ? r : image_attach(root_fd, file, path, false, ret_device);
}

/* Waits for others that are about to give the file a device. Unlike that of flock(2), this lock is not the device's. */
static int lock_attaching(int file)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(file, F_OFD_SETLKW, &lock) < 0 ? -errno : 0;
}

static int get_device(int root_fd, int dir, const char *name, const char *path, char **ret_device)
{
	_cleanup_(closep) int lock = open_file(dir, name, path);
	_cleanup_(closep) int file = lock < 0 ? lock : open_file(dir, name, path);
	int r;

	if (file < 0)
		return file;
	r = lock_attaching(lock);
	for (int i = 0; r >= 0; i++) {
		r = try_device(root_fd, file, path, ret_device);
		if (r != -EWOULDBLOCK || i == TRIES)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		r = 0;
	}
	if (r >= 0 || r == DAMAGED)
		return r;
	if (r == -EWOULDBLOCK)
		return log_error_errno(r, "Another program has locked the image '%s', or it is mounted in a container.",
				       path);
	return log_error_errno(r, "Cannot get a loop device for '%s': %m%s", path, advice(r));
}

/* '*ret_loop' is a descriptor of the device, unless it is NULL. */
static int mount_image(int root_fd, int dir, const char *name, const char *path, int *ret_loop)
{
	_cleanup_(strv_done) struct strv options = { 0 };
	_cleanup_(freep) char *device = NULL;
	_cleanup_(closep) int loop = get_device(root_fd, dir, name, path, &device);
	int mount;

	if (loop < 0)
		return loop;
	strv_add(&options, "errors=remount-ro");
	strv_add(&options, "discard");	     /* what is removed no longer takes space on the host */
	strv_add(&options, "noinit_itable"); /* there is only zero in a sparse file */
	mount = image_mount_device("ext4", device, &options, false);
	if (mount == -EBUSY) { /* after an error in it, nobody can write to it */
		strv_add(&options, "ro");
		mount = image_mount_device("ext4", device, &options, false);
	}
	if (mount < 0) {
		log_error_errno(mount, "Cannot mount the file system in '%s': %m", path);
		return mount == -EUCLEAN ? DAMAGED : mount;
	}
	if (ret_loop)
		*ret_loop = steal_fd(&loop);
	return mount;
}

int tree_image_mount(int root_fd, int dir, const char *name, const char *path)
{
	return mount_image(root_fd, dir, name, path, NULL);
}

int tree_image_open(int root_fd, int dir, const char *name, const char *path)
{
	_cleanup_(closep) int mount = tree_image_mount(root_fd, dir, name, path);
	int fd = mount < 0 ? -1 : openat(mount, TREE_IMAGE_TREE, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (mount < 0)
		return mount;
	return fd < 0 ? log_error_errno(errno, "There is no container in the image '%s': %m", path) : fd;
}

/* Reserves no blocks for root, who in a container is the one that fills it. */
static int make_file_system(int file, const char *path)
{
	_cleanup_(freep) char *own = xasprintf("/proc/%d/fd/%d", getpid(), file);
	_cleanup_(freep) char *block = xasprintf("%d", BLOCK), *output = NULL;
	const char *const argv[] = { MKFS, "-q", "-F", "-m", "0", "-b", block, own, NULL };
	int r = subprocess_run(argv, -1, &output);

	return r == -ECANCELED ? log_error_errno(r, "Cannot make a file system in '%s'.", path) : r;
}

int tree_image_make(int root_fd, int dir, const char *name, const char *path, uint64_t bytes, const char *context)
{
	_cleanup_(closep) int file = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	_cleanup_(closep) int mount = -1, root = -1;
	int r;

	if (file < 0)
		return log_error_errno(errno, "Cannot create the image '%s': %m", path);
	if (ftruncate(file, (off_t)bytes) < 0)
		return log_error_errno(errno, "Cannot create the image '%s': %m", path);
	r = make_file_system(file, path);
	if (r < 0)
		return r;
	mount = mount_image(root_fd, dir, name, path, NULL);
	if (mount < 0)
		return mount;
	root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = root < 0 || fchmod(root, 0700) < 0 ? -errno : 0;
	if (r == 0 && context && *context && fsetxattr(root, XATTR_NAME_SELINUX, context, strlen(context) + 1, 0) < 0)
		r = -errno;
	return r < 0 ? log_error_errno(r, "Cannot prepare the image '%s': %m", path) : steal_fd(&mount);
}

static uint64_t blocks_of(int file)
{
	uint32_t low = 0, high = 0;

	if (pread(file, &low, sizeof(low), BLOCKS_LOW) != sizeof(low) ||
	    pread(file, &high, sizeof(high), BLOCKS_HIGH) != sizeof(high))
		return 0;
	return (uint64_t)le32toh(high) << 32 | le32toh(low);
}

static int enlarge(int root_fd, int dir, const char *name, const char *path, uint64_t blocks)
{
	_cleanup_(closep) int loop = -1, mount = mount_image(root_fd, dir, name, path, &loop), root = -1;

	if (mount < 0)
		return mount;
	root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || ioctl(loop, LOOP_SET_CAPACITY, 0) < 0 || ioctl(root, RESIZE, &blocks) < 0)
		return log_error_errno(errno, "Cannot make the file system in '%s' larger: %m", path);
	return 0;
}

int tree_image_grow(int root_fd, int dir, const char *name, const char *path, uint64_t bytes)
{
	_cleanup_(closep) int file = open_file(dir, name, path);
	struct stat st;
	int r;

	if (file < 0)
		return file;
	if (fstat(file, &st) < 0)
		return log_error_errno(errno, "Cannot look at the image '%s': %m", path);
	if ((uint64_t)st.st_size < bytes && ftruncate(file, (off_t)bytes) < 0)
		return log_error_errno(errno, "Cannot make the image '%s' larger: %m", path);
	r = blocks_of(file) < bytes / BLOCK ? enlarge(root_fd, dir, name, path, bytes / BLOCK) : 0;
	if (r == -EPERM && ftruncate(file, st.st_size) < 0) /* this error comes before the file system changes */
		log_debug("Cannot make the image '%s' as small as it was: %s.", path, strerror(errno));
	return r;
}

int tree_image_used(int tree, uint64_t *ret)
{
	struct statfs fs;

	if (fstatfs(tree, &fs) < 0)
		return -errno;
	*ret = (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
	return 0;
}
