/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies the content of a file and its extended attributes from descriptor to descriptor, by the cheapest means that
 * the file systems offer: shared blocks, copy_file_range(2), read and write. */
#include "base/copy.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/signals.h"
#include "base/rootfd.h"

#define CHUNK ((off_t)64 * 1024 * 1024) /* bytes copied between two checks for a signal */
#define XATTRS_FEW 1024			/* bytes of the names of a file's attributes */
#define SMALL (64 * 1024)		/* bytes; below this, one read and one write are fastest */

/* Shares the blocks by FICLONE, ioctl_ficlone(2). Returns 1 if done, 0 if not possible. One file that cannot be shared,
 * because it has a flag that the copy lacks, for instance, says nothing about the others. */
static int try_reflink(int from, int to, bool *no_reflink)
{
	if (*no_reflink)
		return 0;
	if (ioctl(to, FICLONE, from) == 0)
		return 1;
	*no_reflink = errno == EOPNOTSUPP || errno == EXDEV || errno == ENOTTY || errno == ENOSYS;
	return 0;
}

/* Copies [start, end) of 'from' to the same place of 'to'. Data that is appended meanwhile is not copied. */
static int copy_bytes(int from, int to, off_t start, off_t end)
{
	char data[SMALL];

	while (start < end) {
		size_t want = end - start < SMALL ? (size_t)(end - start) : SMALL;
		ssize_t n = pread(from, data, want, start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (ssize_t done = 0; done < n;) {
			ssize_t written = pwrite(to, data + done, (size_t)(n - done), start + done);

			if (written < 0 && errno != EINTR)
				return -errno;
			if (written > 0)
				done += written;
		}
		start += n;
	}
	return 0;
}

static int copy_range(void *data, int from, off_t start, off_t end)
{
	int to = *(const int *)data;
	off_t in = start, out = start;

	while (in < end) {
		off_t left = end - in;
		ssize_t n = copy_file_range(from, &in, to, &out, (size_t)(left < CHUNK ? left : CHUNK), 0);

		if (signals_pending())
			return -EINTR;
		if (n == 0)
			return 0; /* the file shrank meanwhile */
		if (n > 0 || errno == EINTR)
			continue;
		if (errno != EXDEV && errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)
			return -errno;
		return copy_bytes(from, to, in, end);
	}
	return 0;
}

int copy_each_extent(int fd, off_t size, int (*each)(void *data, int fd, off_t start, off_t end), void *data)
{
	for (off_t at = 0; at < size;) {
		off_t start = lseek(fd, at, SEEK_DATA), hole;
		int r;

		if (start < 0 && errno == ENXIO)
			return 0;
		if (start < 0)
			return -errno;
		hole = lseek(fd, start, SEEK_HOLE);
		if (hole < 0)
			return -errno;
		r = each(data, fd, start, hole < size ? hole : size);
		if (r != 0)
			return r;
		at = hole;
	}
	return 0;
}

static int copy_sparse(int from, int to, off_t size)
{
	int r = copy_each_extent(from, size, copy_range, &to);

	return r < 0 ? r : ftruncate(to, size) < 0 ? -errno : 0;
}

int copy_content(int from, int to, const struct stat *st, bool *no_reflink)
{
	if (st->st_size == 0 || try_reflink(from, to, no_reflink))
		return 0;
	if (st->st_size < SMALL)
		return copy_bytes(from, to, 0, st->st_size);
	return copy_sparse(from, to, st->st_size);
}

/* Others make sense only for the original: the container has SELinux labels of its own, and a signature is valid for
 * one inode. */
bool copy_takes_xattr(const char *name)
{
	return skip_prefix(name, "user.") || strcmp(name, "security.capability") == 0 ||
	       strcmp(name, "system.posix_acl_access") == 0 || strcmp(name, "system.posix_acl_default") == 0;
}

/* The names of the attributes, one after the other, in 'few' or, if they are too long for it, in *ret_many, which the
 * caller frees. The kernel allocates as much as it is offered, for each file, so the first offer is small. Returns
 * their size in bytes, or -errno. */
static ssize_t list_xattrs(int fd, char few[static XATTRS_FEW], char **ret_many)
{
	ssize_t n = flistxattr(fd, few, XATTRS_FEW);
	char path[32];

	if (n >= 0)
		return n;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* for a descriptor of O_PATH */
	if (errno == EBADF)
		n = listxattr(path, few, XATTRS_FEW);
	if (n < 0 && errno == ERANGE) {
		*ret_many = xcalloc(1, XATTR_LIST_MAX);
		n = listxattr(path, *ret_many, XATTR_LIST_MAX);
	}
	return n >= 0 ? n : errno == ENOTSUP ? 0 : -errno;
}

int copy_has_xattrs(int fd)
{
	_cleanup_(freep) char *many = NULL;
	char few[XATTRS_FEW];
	ssize_t n = list_xattrs(fd, few, &many);
	const char *names = many ? many : few;

	for (const char *name = names; name < names + n; name += strlen(name) + 1)
		if (copy_takes_xattr(name))
			return 1;
	return n < 0 ? (int)n : 0;
}

/* By way of /proc, so that descriptors of O_PATH will do. */
static int copy_xattr(int from, int to, const char *name)
{
	char source[32], target[32], value[XATTR_SIZE_MAX];
	ssize_t len;

	snprintf(source, sizeof(source), "/proc/self/fd/%d", from);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", to);
	len = getxattr(source, name, value, sizeof(value));
	if (len < 0 && errno == ENODATA)
		return 0; /* gone meanwhile */
	return len < 0 || setxattr(target, name, value, (size_t)len, 0) < 0 ? -errno : 0;
}

int copy_xattrs(int from, int to)
{
	_cleanup_(freep) char *many = NULL;
	char few[XATTRS_FEW];
	ssize_t n = list_xattrs(from, few, &many);
	const char *names = many ? many : few;
	int r = n < 0 ? (int)n : 0;

	for (const char *name = names; name < names + n && r == 0; name += strlen(name) + 1)
		if (copy_takes_xattr(name))
			r = copy_xattr(from, to, name);
	return r;
}

/* The owner comes first, because changing it clears bits of the mode and capabilities, and the ACL after the mode,
 * which it includes. */
int copy_attributes(int from, int to, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	int r;

	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return -errno;
	r = copy_xattrs(from, to);
	return r < 0 ? r : futimens(to, times) < 0 ? -errno : 0;
}
