/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the upper directories of the overlays, which hold what was copied up or made, and marks for what was removed:
 * a character device 0:0 in place of a name, and on a directory that replaced another an attribute, which says that
 * nothing shows through (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"). */
#include "sandbox/changes.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "base/tree-walk.h"

#define CHANGES_MAX 1000000			   /* a command could have made any number of files */
#define PATH_LIMIT (PATH_MAX - sizeof(KEPT_UPPER)) /* so that the path below the directory is short enough, too */
#define CHUNK ((size_t)64 * 1024)

static void state_done(struct change_state *s)
{
	free(s->target);
}

void changes_done(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		free(changes->v[i].path);
		state_done(&changes->v[i].host);
		state_done(&changes->v[i].there);
	}
	free(changes->v);
	strv_done(&changes->interrupted);
	kept_done(&changes->kept);
	*changes = (struct changes){ 0 };
}

const char *change_kind_word(enum change_kind kind)
{
	static const char *const words[] = {
		[CHANGE_ADDED] = "added", [CHANGE_CHANGED] = "changed", [CHANGE_REMOVED] = "removed"
	};

	return words[kind];
}

const char *change_what_word(unsigned bit)
{
	return bit == CHANGE_TYPE      ? "type"
	       : bit == CHANGE_CONTENT ? "content"
	       : bit == CHANGE_TARGET  ? "target"
	       : bit == CHANGE_MODE    ? "mode"
	       : bit == CHANGE_OWNER   ? "owner"
				       : "attributes";
}

const char *change_type_word(mode_t mode)
{
	return S_ISREG(mode)	? "file"
	       : S_ISDIR(mode)	? "directory"
	       : S_ISLNK(mode)	? "link"
	       : S_ISFIFO(mode) ? "fifo"
	       : S_ISSOCK(mode) ? "socket"
	       : mode		? "device"
				: "";
}

const char *change_place(const struct changes *changes, const struct change *change)
{
	for (size_t i = 0; i < changes->kept.places.n; i++)
		if (path_within(change->path, changes->kept.places.v[i]))
			return changes->kept.places.v[i];
	return NULL;
}

int change_open_there(int dir_fd, const struct change *change)
{
	_cleanup_(freep) char *path = xasprintf(KEPT_UPPER "%s", change->path);

	return rootfd_openat(dir_fd, path, O_PATH | O_NOFOLLOW, 0, WALK_MOUNT);
}

int change_open_host(int root_fd, const struct changes *changes, const struct change *change)
{
	const char *place = change_place(changes, change);
	_cleanup_(closep) int fd = place ? rootfd_openat(root_fd, place, O_PATH | O_NOFOLLOW, 0, WALK_TREE) : -ENOENT;

	return fd < 0 ? fd : rootfd_openat(fd, change->path + strlen(place), O_PATH | O_NOFOLLOW, 0, WALK_MOUNT);
}

int change_reopen(int fd)
{
	char self[32];
	struct stat st;
	int f;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	f = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return f < 0 ? -errno : f;
}

/* The path that a walk has come to, which is no longer than PATH_LIMIT. */
struct where {
	char path[PATH_MAX];
	size_t len, top;
};

static int where_begin(struct where *w, const char *path)
{
	w->len = w->top = strlen(path);
	if (w->len >= PATH_LIMIT)
		return -ENAMETOOLONG;
	memcpy(w->path, path, w->len + 1);
	return 0;
}

static bool where_add(struct where *w, const char *name)
{
	size_t len = strlen(name);

	if (w->len + 1 + len >= PATH_LIMIT)
		return false;
	w->path[w->len] = '/';
	memcpy(w->path + w->len + 1, name, len + 1);
	w->len += 1 + len;
	return true;
}

static void where_drop(struct where *w)
{
	if (w->len > w->top)
		w->len = (size_t)(strrchr(w->path, '/') - w->path);
	w->path[w->len] = '\0';
}

/* For walks whose data begins with where they are. */
static int enter(void *data, int dir, const char *name)
{
	(void)dir;
	return *name && !where_add(data, name) ? -ENAMETOOLONG : 0;
}

static int leave(void *data, int dir)
{
	(void)dir;
	where_drop(data);
	return 0;
}

struct finder {
	struct where at;
	struct changes *changes;
	int host; /* O_PATH of the place on the host */
	const char *place;
	bool told; /* an error was reported */
};

static const char *relative(const struct finder *f, const char *path)
{
	const char *rest = path + strlen(f->place);

	return *rest ? rest + 1 : ".";
}

/* 'shift' is by how much the ids are larger than those meant. */
static int fill_state(int fd, const struct stat *st, uint32_t shift, struct change_state *ret)
{
	*ret = (struct change_state){
		.mode = st->st_mode,
		.uid = st->st_uid - shift,
		.gid = st->st_gid - shift,
		.rdev = st->st_rdev,
	};
	if (S_ISREG(st->st_mode))
		ret->size = (uint64_t)st->st_size;
	return S_ISLNK(st->st_mode) ? rootfd_readlinkat(fd, "", &ret->target) : 0;
}

/* Takes what the change owns, in any case. */
static int add(struct finder *f, struct change *change, const char *path)
{
	struct changes *changes = f->changes;

	if (changes->n == CHANGES_MAX) {
		state_done(&change->host);
		state_done(&change->there);
		f->told = true;
		return log_error_errno(-E2BIG, "The command has changed more than %d paths.", CHANGES_MAX);
	}
	grow(changes->v, changes->n);
	changes->v[changes->n] = *change;
	changes->v[changes->n++].path = xstrdup(path);
	return 0;
}

static int fill_host(int fd, const struct stat *st, struct change *change)
{
	change->dev = st->st_dev;
	change->ino = st->st_ino;
	change->ctime = st->st_ctim;
	return fill_state(fd, st, 0, &change->host);
}

static int fail(struct finder *f, int r, const char *path)
{
	_cleanup_(freep) char *safe = escape_control(path);

	f->told = true;
	return log_error_errno(r, "Cannot compare '%s': %m", safe);
}

/* A walk over what was removed, on the host. */
struct removal {
	struct where at;
	struct finder *finder;
};

static int visit_removed(void *data, const struct tree_item *item)
{
	struct removal *removal = data;
	struct finder *f = removal->finder;
	struct change change = { .kind = CHANGE_REMOVED };
	int r;

	if (item->dir < 0)
		return 0;
	if (!where_add(&removal->at, item->name)) {
		f->changes->too_long++;
		return 1;
	}
	r = fill_host(item->fd, &item->st, &change);
	r = r < 0 ? fail(f, r, removal->at.path) : add(f, &change, removal->at.path);
	where_drop(&removal->at);
	return r;
}

/* Adds what is in this directory of the host. Mounts in there are not part of the place. */
static int remove_below(struct finder *f, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(f->host, relative(f, path), O_PATH | O_DIRECTORY, 0, WALK_MOUNT);
	struct removal removal = { .finder = f };
	const struct tree_visitor visitor = { visit_removed, enter, leave, &removal, true };
	int r = fd < 0 ? fd : where_begin(&removal.at, path);

	if (r == 0)
		r = tree_walk(fd, &visitor);
	return r == -EXDEV ? 0 : r < 0 && !f->told ? fail(f, r, path) : r;
}

static int remove_all(struct finder *f, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(f->host, relative(f, path), O_PATH | O_NOFOLLOW, 0, WALK_MOUNT);
	struct change change = { .kind = CHANGE_REMOVED, .apart = fd == -EXDEV };
	struct stat st;
	int r;

	if (rootfd_is_missing(fd))
		return 0;
	if (fd < 0 && fd != -EXDEV)
		return fail(f, fd, path);
	if (fd >= 0 && (r = fstat(fd, &st) < 0 ? -errno : fill_host(fd, &st, &change)) < 0)
		return fail(f, r, path);
	r = add(f, &change, path);
	return r == 0 && fd >= 0 && S_ISDIR(st.st_mode) ? remove_below(f, path) : r;
}

/* Adds what the host has in a directory that the command has replaced by 'dir', and that has no successor there. */
static int remove_hidden(struct finder *f, int dir)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = rootfd_list(f->host, relative(f, f->at.path), WALK_MOUNT, &names);

	if (r < 0)
		return fail(f, r, f->at.path);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", f->at.path, names.v[i]);
		struct stat st;

		if (fstatat(dir, names.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		r = errno == ENOENT ? remove_all(f, path) : fail(f, -errno, path);
	}
	return r;
}

/* The attributes of overlays that say nothing about the content. */
static bool is_harmless(const char *name)
{
	static const char *const names[] = { "origin", "impure", "uuid", "nlink", "protattr" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Whether the directory or file is opaque. -EINVAL, after a message, if it is not the whole of what the command saw. */
static int check_marks(struct finder *f, const struct tree_item *item)
{
	char self[32], names[XATTR_LIST_MAX], value[2];
	_cleanup_(freep) char *safe = escape_control(f->at.path);
	int opaque = 0;
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", item->fd);
	n = listxattr(self, names, sizeof(names));
	if (n < 0)
		return errno == ENOTSUP ? 0 : fail(f, -errno, f->at.path);
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		const char *mark = skip_prefix(name, "trusted.overlay.");

		if (!mark || is_harmless(mark))
			continue;
		if (strcmp(mark, "opaque") == 0 && getxattr(self, name, value, sizeof(value)) == 1 && value[0] == 'y') {
			opaque = 1;
			continue;
		}
		f->told = true;
		return log_error_errno(
			-EINVAL,
			"Cannot tell what '%s' contained: the overlay was mounted with features that this "
			"program does not use ('%s').",
			safe, name);
	}
	return opaque;
}

/* Whether [at, at + len) of both files is the same; or -errno. */
static int same_chunk(int a, int b, off_t at, size_t len)
{
	char x[CHUNK], y[CHUNK];

	for (size_t done = 0; done < len;) {
		ssize_t n = pread(a, x, len - done, at + (off_t)done), m;

		if (n <= 0)
			return n < 0 ? -errno : 0;
		m = pread(b, y, (size_t)n, at + (off_t)done);
		if (m < 0)
			return -errno;
		if (m != n || memcmp(x, y, (size_t)n) != 0)
			return 0;
		done += (size_t)n;
	}
	return 1;
}

/* Where the file next has data, at 'at' or later, or its end; or -errno. */
static off_t next_data(int fd, off_t at, off_t size)
{
	off_t next = lseek(fd, at, SEEK_DATA);

	return next >= 0 ? next : errno == ENXIO ? size : -errno;
}

/* Whether two files of this size have the same content; or -errno. Holes that both have are not read, as a file may
 * have any size. */
static int same_content(int a, int b, off_t size)
{
	for (off_t at = 0; at < size;) {
		off_t x = next_data(a, at, size), y = next_data(b, at, size), left;
		int r;

		if (x < 0 || y < 0)
			return (int)(x < 0 ? x : y);
		at = x < y ? x : y;
		left = size - at;
		if (left <= 0)
			break;
		r = same_chunk(a, b, at, left < (off_t)CHUNK ? (size_t)left : CHUNK);
		if (r <= 0)
			return r;
		at += (off_t)CHUNK;
	}
	return 1;
}

static int differs_content(int there, int host, const struct change *change)
{
	_cleanup_(closep) int a = -1, b = -1;
	int r;

	if (change->there.size != change->host.size)
		return 1;
	if (change->there.size == 0)
		return 0;
	a = change_reopen(there);
	b = a < 0 ? a : change_reopen(host);
	if (b < 0)
		return b;
	r = same_content(a, b, (off_t)change->there.size);
	return r < 0 ? r : !r;
}

/* Appends 'NAME' of each attribute that would be copied, sorted. */
static int list_xattrs(const char *self, struct strv *ret)
{
	char names[XATTR_LIST_MAX];
	ssize_t n = listxattr(self, names, sizeof(names));

	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; name < names + n; name += strlen(name) + 1)
		if (copy_takes_xattr(name))
			strv_add(ret, name);
	strv_sort_unique(ret);
	return 0;
}

/* Takes the shift off the ids in an attribute that is an ACL, whose entries with an id are those for a user or a group;
 * uapi/linux/posix_acl_xattr.h. */
static void unshift_acl(const char *name, char *value, size_t n, uint32_t shift)
{
	struct posix_acl_xattr_entry entry;

	if (!skip_prefix(name, "system.posix_acl_"))
		return;
	for (size_t at = sizeof(struct posix_acl_xattr_header); at + sizeof(entry) <= n; at += sizeof(entry)) {
		memcpy(&entry, value + at, sizeof(entry));
		if (le16toh(entry.e_tag) == ACL_USER || le16toh(entry.e_tag) == ACL_GROUP)
			entry.e_id = htole32(le32toh(entry.e_id) - shift);
		memcpy(value + at, &entry, sizeof(entry));
	}
}

/* 'host' is -1 if only the other one counts. */
static int differs_xattrs(int there, int host, uint32_t shift)
{
	char a[32], b[32], x[XATTR_SIZE_MAX], y[XATTR_SIZE_MAX];
	_cleanup_(strv_done) struct strv mine = { 0 }, yours = { 0 };
	int r;

	snprintf(a, sizeof(a), "/proc/self/fd/%d", there);
	snprintf(b, sizeof(b), "/proc/self/fd/%d", host);
	r = list_xattrs(a, &mine);
	if (r == 0 && host >= 0)
		r = list_xattrs(b, &yours);
	if (r < 0 || !strv_equal(&mine, &yours))
		return r < 0 ? r : 1;
	for (size_t i = 0; i < mine.n; i++) {
		ssize_t n = getxattr(a, mine.v[i], x, sizeof(x)), m = getxattr(b, mine.v[i], y, sizeof(y));

		if (n < 0 || m < 0)
			return -errno;
		unshift_acl(mine.v[i], x, (size_t)n, shift);
		if (n != m || memcmp(x, y, (size_t)n) != 0)
			return 1;
	}
	return 0;
}

/* Fills 'what' of something that the host does not have, or has with another type, if 'host' is -1. 0 or -errno. */
static int compare(int there, int host, uint32_t shift, struct change *change)
{
	const struct change_state *a = &change->there, *b = &change->host;
	mode_t type = a->mode & S_IFMT;
	int r = 0;

	if (host >= 0) {
		if (S_ISREG(type))
			r = differs_content(there, host, change);
		else if (S_ISCHR(type) || S_ISBLK(type))
			r = a->rdev != b->rdev;
		if (r < 0)
			return r;
		change->what |= r ? CHANGE_CONTENT : 0;
		change->what |= S_ISLNK(type) && strcmp(a->target, b->target) != 0 ? CHANGE_TARGET : 0;
		change->what |= !S_ISLNK(type) && a->mode != b->mode ? CHANGE_MODE : 0;
		change->what |= a->uid != b->uid || a->gid != b->gid ? CHANGE_OWNER : 0;
	}
	r = S_ISREG(type) || S_ISDIR(type) ? differs_xattrs(there, host, shift) : 0;
	change->what |= r > 0 ? CHANGE_XATTRS : 0;
	return r < 0 ? r : 0;
}

/* Whether the directory of the current path, which lies on another mount, is the root of that mount. */
static bool is_mount(const struct finder *f)
{
	_cleanup_(freep) char *parent = path_parent(f->at.path);
	_cleanup_(closep) int fd = rootfd_openat(f->host, relative(f, parent), O_PATH | O_DIRECTORY, 0, WALK_MOUNT);

	return fd >= 0;
}

/* Compares what the command left at the current path with what the host has, of which 'host' is a descriptor, or an
 * error that says that there is nothing, or that it lies on another mount. */
static int look(struct finder *f, const struct tree_item *item, int host, bool opaque, struct change *change)
{
	const char *path = f->at.path;
	uint32_t shift = (uint32_t)f->changes->kept.shift;
	struct stat st;
	int r = fill_state(item->fd, &item->st, shift, &change->there);

	change->apart = host == -EXDEV;
	if (r == 0 && host >= 0)
		r = fstat(host, &st) < 0 ? -errno : fill_host(host, &st, change);
	if (r == 0 && host >= 0 && (st.st_mode & S_IFMT) != (item->st.st_mode & S_IFMT))
		change->what = CHANGE_TYPE;
	if (r == 0)
		r = compare(item->fd, host < 0 || change->what ? -1 : host, shift, change);
	if (r < 0)
		return fail(f, r, path);
	change->kind = host >= 0 ? CHANGE_CHANGED : CHANGE_ADDED;
	if (host >= 0 && S_ISDIR(st.st_mode)) {
		if (!S_ISDIR(item->st.st_mode))
			r = remove_below(f, path);
		else if (opaque)
			r = remove_hidden(f, item->fd);
	}
	return r;
}

static int visit_current(struct finder *f, const struct tree_item *item)
{
	_cleanup_(closep) int host = -1;
	struct change change = { 0 };
	struct stat st;
	int opaque = 0, r;

	if (S_ISCHR(item->st.st_mode) && item->st.st_rdev == makedev(0, 0))
		return remove_all(f, f->at.path);
	if (S_ISREG(item->st.st_mode) || S_ISDIR(item->st.st_mode))
		opaque = check_marks(f, item);
	if (opaque < 0)
		return opaque;
	host = rootfd_openat(f->host, relative(f, f->at.path), O_PATH | O_NOFOLLOW, 0, WALK_MOUNT);
	if (host < 0 && host != -EXDEV && !rootfd_is_missing(host))
		return fail(f, host, f->at.path);
	if (host == -EXDEV && S_ISDIR(item->st.st_mode) && is_mount(f))
		return 0;
	if (host >= 0 && fstatat(host, CHANGES_WORK, &st, AT_SYMLINK_NOFOLLOW) == 0)
		strv_add(&f->changes->interrupted, f->at.path);
	r = look(f, item, host, opaque, &change);
	if (r == 0 && (change.kind == CHANGE_ADDED || change.what))
		return add(f, &change, f->at.path);
	state_done(&change.host);
	state_done(&change.there);
	return r;
}

static int visit(void *data, const struct tree_item *item)
{
	struct finder *f = data;
	int r;

	if (item->dir < 0)
		return visit_current(f, item);
	if (!where_add(&f->at, item->name)) {
		f->changes->too_long++;
		return 1;
	}
	r = visit_current(f, item);
	where_drop(&f->at);
	return r;
}

static int find_in_place(int root_fd, int dir_fd, const char *place, struct changes *changes)
{
	_cleanup_(freep) char *path = xasprintf(KEPT_UPPER "%s", place);
	_cleanup_(closep) int upper = rootfd_openat(dir_fd, path, O_PATH | O_DIRECTORY, 0, WALK_MOUNT);
	_cleanup_(closep) int host = rootfd_openat(root_fd, place, O_PATH | O_DIRECTORY, 0, WALK_TREE);
	struct finder finder = { .changes = changes, .host = host, .place = place };
	const struct tree_visitor visitor = { visit, enter, leave, &finder, true };
	int r = upper < 0 ? upper : host < 0 ? host : where_begin(&finder.at, place);

	if (r == 0)
		r = tree_walk(upper, &visitor);
	return r < 0 && !finder.told ? fail(&finder, r, place) : r;
}

/* As strcmp(3), but '/' comes before all other characters, so that nothing comes between a directory and what is in
 * it. */
static int compare_paths(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare_changes(const void *a, const void *b)
{
	return compare_paths(((const struct change *)a)->path, ((const struct change *)b)->path);
}

int changes_find(int root_fd, int dir_fd, struct changes *ret)
{
	_cleanup_(changes_done) struct changes changes = { 0 };
	int r = kept_read(dir_fd, &changes.kept);

	for (size_t i = 0; r == 0 && i < changes.kept.places.n; i++)
		r = find_in_place(root_fd, dir_fd, changes.kept.places.v[i], &changes);
	if (r < 0)
		return r;
	if (changes.n > 0)
		qsort(changes.v, changes.n, sizeof(*changes.v), compare_changes);
	*ret = changes;
	changes = (struct changes){ 0 };
	return 0;
}

/* The number of rows that come before 'path'; with 'below', those at the path and below it are counted, too. */
static size_t rows_before(const struct changes *changes, const char *path, bool below)
{
	size_t low = 0, high = changes->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *row = changes->v[middle].path;

		if (compare_paths(row, path) < 0 || (below && path_within(row, path)))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t changes_below(const struct changes *changes, const char *path, size_t *ret_begin)
{
	*ret_begin = rows_before(changes, path, false);
	return rows_before(changes, path, true);
}

/* Chooses what is at the path or below it. */
static int choose(const struct changes *changes, const char *asked, bool chosen[])
{
	size_t len = strlen(asked), begin, end;
	_cleanup_(freep) char *path = NULL, *merged = NULL;

	if (*asked != '/')
		return log_error_errno(-EINVAL, "'%s' is no absolute path of the host.", asked);
	while (len > 1 && asked[len - 1] == '/')
		len--;
	path = xstrndup(asked, len);
	merged = path_merge(path);
	if (len == 1) {
		begin = 0;
		end = changes->n;
	} else {
		end = changes_below(changes, merged, &begin);
	}
	if (begin == end)
		return log_error_errno(-ENOENT, "The command has changed nothing at '%s' or below it.", asked);
	memset(chosen + begin, true, end - begin);
	return 0;
}

int changes_choose(const struct changes *changes, const struct strv *paths, bool **ret)
{
	_cleanup_(freep) bool *chosen = xcalloc(changes->n + 1, sizeof(*chosen));
	int r = 0;

	memset(chosen, paths->n == 0, changes->n);
	for (size_t i = 0; i < paths->n; i++) {
		int e = choose(changes, paths->v[i], chosen);

		r = r < 0 ? r : e;
	}
	if (r == 0)
		*ret = steal_ptr(chosen);
	return r;
}
