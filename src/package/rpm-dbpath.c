/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a root's rpm database is, and how librpm may read it without writing anything. SQLite keeps two helper files
 * beside a database in WAL mode. A reader with write access creates or changes them, and a reader without it fails if
 * they are missing. On the running system they exist, and we do what rpm's own queries do. For any other root, a
 * temporary copy of the database is read. */
#include "package/rpm-dbpath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "base/temporary.h"

void rpm_dbpath_done(struct rpm_dbpath *place)
{
	rpm_dbpath_clean(place);
	if (place->name)
		closep(&place->fd);
	free(place->path);
	*place = (struct rpm_dbpath){ .fd = -1 };
}

static bool is_file(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

int rpm_dbpath_find(int root_fd, struct rpm_dbpath *ret)
{
	/* Fedora's place since release 36, that of ostree's images, and the first one of all. */
	static const char *const folders[] = { "/usr/lib/sysimage/rpm", "/usr/share/rpm", "/var/lib/rpm" };
	static const struct {
		const char *file, *kind;
	} kinds[] = { { "rpmdb.sqlite", "sqlite" }, { "Packages.db", "ndb" }, { "Packages", "bdb_ro" } };

	for (size_t f = 0; f < ARRAY_SIZE(folders); f++) {
		_cleanup_(closep) int dir = rootfd_openat(root_fd, folders[f], O_PATH | O_DIRECTORY, 0, WALK_ROOT);

		if (dir < 0 && dir != -ENOENT)
			return dir;
		for (size_t k = 0; dir >= 0 && k < ARRAY_SIZE(kinds); k++) {
			if (!is_file(dir, kinds[k].file))
				continue;
			if (ret)
				*ret = (struct rpm_dbpath){ folders[f], kinds[k].file,	kinds[k].kind,
							    NULL,	steal_fd(&dir), false };
			return 0;
		}
	}
	return -ENOENT;
}

static bool is_own_root(int root_fd)
{
	struct stat a, b;

	return fstat(root_fd, &a) == 0 && stat("/", &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int copy_file(int from_dir, int to_dir, const char *name)
{
	_cleanup_(closep) int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(closep) int to = -1;
	struct stat st;

	if (from < 0)
		return -errno;
	if (fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		left -= n > 0 ? n : 0;
	}
	return 0;
}

static int copy_database(struct rpm_dbpath *place)
{
	_cleanup_(freep) char *log = xasprintf("%s-wal", place->file);
	_cleanup_(freep) char *folder = NULL;
	_cleanup_(closep) int dir = -1;
	int r = temporary_make("/tmp", &folder);

	if (r < 0)
		return r;
	place->path = xstrdup(folder);
	place->temporary = true;
	dir = rootfd_open(folder);
	if (dir < 0)
		return dir;
	r = copy_file(place->fd, dir, place->file);
	if (r < 0)
		return r;
	r = copy_file(place->fd, dir, log);
	return r == -ENOENT ? 0 : r;
}

/* Checks whether a program has SQLite's exclusive lock. rpm itself never locks readers out, but librpm would wait for
 * ever. */
static int check_lock(const struct rpm_dbpath *place)
{
	_cleanup_(closep) int fd =
		openat(place->fd, place->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct flock readers = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510 };

	if (fd < 0 || fcntl(fd, F_GETLK, &readers) < 0)
		return -errno;
	return readers.l_type == F_UNLCK ? 0 : -EBUSY;
}

int rpm_dbpath_prepare(int root_fd, struct rpm_dbpath *place)
{
	_cleanup_(freep) char *shared = xasprintf("%s-shm", place->file);

	if (strcmp(place->kind, "sqlite") == 0) {
		int r = check_lock(place);

		if (r < 0)
			return r;
		if (!is_own_root(root_fd) || !is_file(place->fd, shared))
			return copy_database(place);
	}
	place->path = xasprintf("/proc/self/fd/%d", place->fd);
	return 0;
}

void rpm_dbpath_clean(struct rpm_dbpath *place)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int dir = place->temporary ? rootfd_open(place->path) : -1;

	if (dir < 0)
		return;
	rootfd_list(dir, "/", WALK_TREE, &names);
	for (size_t i = 0; i < names.n; i++)
		unlinkat(dir, names.v[i], 0);
	rmdir(place->path);
	place->temporary = false;
}
