/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below a directory descriptor, by openat2(2). There is no fallback: Linux has it since 5.6, and a fallback would
 * be a second set of rules. */
#include "base/rootfd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/syscalls.h"

#define ATTEMPTS 100 /* at calls that other processes can make fail again and again */

int rootfd_open(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int rootfd_openat(int fd, const char *path, int flags, mode_t mode, enum walk walk)
{
	static const unsigned int resolve[] = {
		[WALK_ROOT] = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
		[WALK_TREE] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
		[WALK_MOUNT] = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = resolve[walk],
	};
	int r = -EAGAIN;

	while (*path == '/')
		path++;
	for (int i = 0; i < ATTEMPTS; i++) {
		r = sys_openat2(fd, *path ? path : ".", &how, sizeof(how));
		/* EAGAIN: a rename raced with the walk, or another process has a lease on the file. */
		if (r != -EAGAIN && r != -EINTR)
			break;
	}
	return r;
}

int rootfd_parent(int fd, const char *path, enum walk walk, const char **ret_name)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	_cleanup_(freep) char *dir = NULL;
	int r;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return -EINVAL;
	dir = xstrndup(path, (size_t)(name - path));
	r = rootfd_openat(fd, dir, O_PATH | O_DIRECTORY, 0, walk);
	if (r >= 0)
		*ret_name = name;
	return r;
}

bool rootfd_is_missing(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -ENAMETOOLONG;
}

void rootfd_near_done(struct rootfd_near *near)
{
	closep(&near->fd);
	free(near->dir);
	*near = (struct rootfd_near)ROOTFD_NEAR_INIT;
}

int rootfd_near_parent(int fd, const char *path, enum walk walk, struct rootfd_near *near, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int dir;

	if (near->dir && strncmp(near->dir, path, len) == 0 && near->dir[len] == '\0') {
		*ret_name = path + len + 1;
		return near->fd;
	}
	dir = rootfd_parent(fd, path, walk, ret_name);
	if (dir < 0)
		return dir;
	rootfd_near_done(near);
	near->dir = xstrndup(path, len);
	return near->fd = dir;
}

int rootfd_lstat(int fd, const char *path, enum walk walk, struct stat *ret)
{
	_cleanup_(closep) int f = rootfd_openat(fd, path, O_PATH | O_NOFOLLOW, 0, walk);

	if (f < 0)
		return f;
	return fstat(f, ret) < 0 ? -errno : 0;
}

int rootfd_readlinkat(int dir, const char *name, char **ret)
{
	char target[4096];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof(target))
		return -ENAMETOOLONG;
	*ret = xstrndup(target, (size_t)n);
	return 0;
}

int rootfd_readlink(int fd, const char *path, enum walk walk, char **ret)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(fd, path, walk, &name);

	return dir < 0 ? dir : rootfd_readlinkat(dir, name, ret);
}

/* A walk that ends without ELOOP has met no link, which is so for nearly all paths. */
size_t rootfd_first_link(int fd, const char *path, char **ret_target)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(fd, path, WALK_TREE, &name);
	size_t len = 0;

	if (dir >= 0)
		return rootfd_readlinkat(dir, name, ret_target) == 0 ? strlen(path) : 0;
	if (dir == -ENOENT || dir == -ENOTDIR)
		return 0;
	do {
		_cleanup_(freep) char *part = NULL;

		len += 1 + strcspn(path + len + 1, "/");
		part = xstrndup(path, len);
		if (rootfd_readlink(fd, part, WALK_TREE, ret_target) == 0)
			return len;
	} while (path[len]);
	return 0;
}

char *rootfd_path_of(int root_fd, int fd)
{
	char self[32], root[PATH_MAX], path[PATH_MAX];
	ssize_t root_len, len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", root_fd);
	root_len = readlink(self, root, sizeof(root));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	len = readlink(self, path, sizeof(path) - 1);
	if (root_len <= 0 || len <= 0 || root_len == sizeof(root))
		return NULL;
	path[len] = '\0';
	if (root_len == 1) /* "/" */
		root_len = 0;
	if (len <= root_len || memcmp(path, root, (size_t)root_len) != 0 || path[root_len] != '/')
		return NULL;
	return xstrdup(path + root_len);
}

int rootfd_read(int fd, const char *path, enum walk walk, size_t max, char **ret, size_t *ret_size)
{
	_cleanup_(closep) int f = rootfd_openat(fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, walk);
	_cleanup_(freep) char *text = NULL;
	struct stat st;
	size_t used = 0, room;

	if (f < 0)
		return f;
	if (fstat(f, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > 0 && (size_t)st.st_size > max)
		return -EFBIG;
	/* Files in /proc have size 0, whatever they contain, and those in /proc/sys must be read with a single call. */
	room = st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
	for (;;) {
		ssize_t n;

		text = xrealloc(text, room + 1, 1);
		n = read(f, text + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += (size_t)n;
		if (used > max)
			return -EFBIG;
		if (n == 0 || (st.st_size > 0 && used < room))
			break;
		if (used == room)
			room += room < 4096 ? 4096 : room;
	}
	text[used] = '\0';
	*ret = steal_ptr(text);
	if (ret_size)
		*ret_size = used;
	return 0;
}

int rootfd_mkdir_p(int fd, const char *path)
{
	_cleanup_(freep) char *part = xstrdup(path);

	for (char *p = part;;) {
		_cleanup_(closep) int dir = -1;
		const char *name;
		mode_t mask;
		char kept;
		int made;

		p += strspn(p, "/");
		if (!*p)
			return 0;
		p += strcspn(p, "/");
		kept = *p;
		*p = '\0';
		dir = rootfd_parent(fd, part, WALK_ROOT, &name);
		if (dir < 0)
			return dir;
		mask = umask(022);
		made = mkdirat(dir, name, 0755) < 0 ? -errno : 0;
		umask(mask);
		if (made < 0 && made != -EEXIST)
			return made;
		*p = kept;
	}
}

int rootfd_opendir(int fd, const char *path, enum walk walk, DIR **ret)
{
	_cleanup_(closep) int f = rootfd_openat(fd, path, O_RDONLY | O_DIRECTORY, 0, walk);
	DIR *d = f < 0 ? NULL : fdopendir(f);

	if (!d)
		return f < 0 ? f : -errno;
	steal_fd(&f);
	*ret = d;
	return 0;
}

/* Not by readdir(3), which takes three more system calls for each directory. */
int rootfd_list(int fd, const char *path, enum walk walk, struct strv *ret)
{
	_cleanup_(closep) int dir = rootfd_openat(fd, path, O_RDONLY | O_DIRECTORY, 0, walk);
	_Alignas(struct dirent64) char buffer[32 * 1024];
	ssize_t n;

	if (dir < 0)
		return dir;
	while ((n = getdents64(dir, buffer, sizeof(buffer))) > 0) {
		for (const char *p = buffer; p < buffer + n;) {
			const struct dirent64 *d = (const struct dirent64 *)p;

			if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
				strv_add(ret, d->d_name);
			p += d->d_reclen;
		}
	}
	if (n < 0)
		return -errno;
	strv_sort_unique(ret);
	return 0;
}
