/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A member is checked, made, and gets its owner, mode, attributes and times, in this order: a change of the owner
 * clears capabilities and set-user-ID bits. A member in a directory that is not there, or that is a link, is refused,
 * because export writes directories first. So is one whose name is taken. */
#include "archive/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/export.h"
#include "base/buf.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "base/strv.h"
#include "container/root-layout.h"

#define FILE_COST 4096 /* bytes that every file takes on a disk, besides its content */
#define BLOCK 4096     /* bytes that a piece of a file takes at least */
#define XATTRS_MAX 64

struct xattr {
	char *name, *value;
	size_t len;
};

/* A directory whose times are set at the end. An archive can have millions, so they are in a file; the path follows. */
struct directory {
	struct timespec mtime;
	size_t len; /* of the path */
};

struct extractor {
	FILE *frames;
	int tree;
	struct extract_limits left;
	struct frame *frame;	 /* the one that was read last */
	struct rootfd_near near; /* most members lie in the directory of the member before */
	FILE *directories;
	uint64_t tops;			 /* the rows of root_layout whose directories have occurred, as bits */
	struct xattr xattrs[XATTRS_MAX]; /* of the current member */
	size_t n_xattrs;
	uint64_t members;
};

static void clear_xattrs(struct extractor *x)
{
	for (size_t i = 0; i < x->n_xattrs; i++) {
		free(x->xattrs[i].name);
		free(x->xattrs[i].value);
	}
	x->n_xattrs = 0;
}

static void extractor_done(struct extractor *x)
{
	clear_xattrs(x);
	if (x->directories)
		fclose(x->directories);
	rootfd_near_done(&x->near);
}

static int refuse(const char *path, const char *why)
{
	return log_error_errno(-EBADMSG, "The archive was not made by export, or it is damaged: '%.200s' %s.", path,
			       why);
}

static int failed(const char *path, int r)
{
	return log_error_errno(r, "Cannot create '%.200s' in the container: %m", path);
}

/* Reads a frame. The packer says with its last one why it could not go on. */
static int next_frame(FILE *frames, struct frame *f)
{
	int r = signals_pending() ? -EINTR : frame_read(frames, f);

	if (signals_pending())
		return -EINTR;
	if (r < 0)
		return log_error_errno(r, "The archive is cut off or damaged.");
	if (f->kind == FRAME_ERROR)
		return log_error_errno(-EBADMSG, "The archive cannot be read: %s.", f->data);
	return 0;
}

int extract_text(FILE *frames, struct frame *f, const char *path, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_(buf_done) struct buf text = { 0 };
	uint64_t size;
	int r = next_frame(frames, f);

	if (r < 0)
		return r;
	if (f->kind != FRAME_MEMBER)
		return refuse(path, "is missing");
	if (strcmp(f->path, path) != 0)
		return -ENOENT;
	size = f->member.size;
	if (!S_ISREG(f->member.mode) || f->member.hardlink || size > max)
		return refuse(path, "is not a text of a size that makes sense");
	while (text.len < size) {
		r = next_frame(frames, f);
		if (r < 0)
			return r;
		if (f->kind != FRAME_DATA || f->offset != text.len || f->length == 0 || f->length > size - text.len)
			return refuse(path, "is not a text");
		buf_add(&text, f->data, (size_t)f->length);
	}
	*ret_len = text.len;
	*ret = buf_steal(&text);
	return 0;
}

/* Whether the path has the form '/a/b', whatever bytes the names are made of, and lies in a directory of the root that
 * the container can write to. */
static bool is_inside(const char *path)
{
	size_t first = 1 + strcspn(path + 1, "/");

	for (const char *c = path; *c; c += strcspn(c, "/")) {
		size_t n;

		c++;
		n = strcspn(c, "/");
		if (n == 0 || n > NAME_MAX || (n <= 2 && strspn(c, ".") == n))
			return false;
	}
	for (const struct root_entry *e = root_layout; e->path; e++)
		if (root_is_writable(e) && strlen(e->path) == first && strncmp(e->path, path, first) == 0)
			return true;
	return false;
}

/* The path inside of a path in the archive, or NULL. A directory's name may end in a slash. Caller frees. */
static char *path_inside(const char *member)
{
	const char *rest = skip_prefix(member, MEMBER_TREE);
	size_t n = rest ? strlen(rest) : 0;
	_cleanup_(freep) char *path = NULL;

	if (!rest || *rest != '/')
		return NULL;
	if (n > 1 && rest[n - 1] == '/')
		n--;
	path = xstrndup(rest, n);
	return is_inside(path) ? steal_ptr(path) : NULL;
}

/* The directory that holds 'path'; the descriptor is not the caller's. */
static int open_parent(struct extractor *x, const char *path, const char **ret_name)
{
	int fd = rootfd_near_parent(x->tree, path, WALK_TREE, &x->near, ret_name);

	if (fd == -ENOENT)
		return refuse(path, "lies in a directory that is not there");
	if (fd == -ELOOP || fd == -ENOTDIR || fd == -EXDEV)
		return refuse(path, "lies below something that is not a directory");
	return fd < 0 ? failed(path, fd) : fd;
}

static int no_space(void)
{
	return log_error_errno(-ENOSPC,
			       "The archive's files do not fit: they take more than --max-size allows, or than is "
			       "free on the disk.");
}

static int take_space(uint64_t *left, uint64_t n)
{
	if (n > *left)
		return no_space();
	*left -= n;
	return 0;
}

static void take_xattr(struct extractor *x, const struct frame *f)
{
	struct xattr *xattr = &x->xattrs[x->n_xattrs++];

	xattr->name = xstrdup(f->name);
	xattr->len = (size_t)f->length;
	xattr->value = xcalloc(1, xattr->len + 1);
	memcpy(xattr->value, f->data, xattr->len);
}

/* Takes space for a piece of a file: of a sparse file, each may be a byte long, and take a block. '*last' is the end of
 * the block in which the piece before ended. */
static int take_piece(struct extractor *x, uint64_t offset, uint64_t length, uint64_t *last)
{
	uint64_t start = offset - offset % BLOCK, end = (offset + length + BLOCK - 1) / BLOCK * BLOCK;

	if (length == 0)
		return 0;
	if (start + BLOCK == *last)
		start = *last;
	*last = end;
	return take_space(&x->left.bytes, end - start);
}

/* Reads the attributes and the content of a member, up to the first frame of the next one. 'fd' is that of a file, or
 * -1. */
static int read_rest(struct extractor *x, const char *path, int fd, uint64_t size)
{
	uint64_t last = 0;

	for (;;) {
		struct frame *f = x->frame;
		int r = next_frame(x->frames, f);

		if (r < 0 || f->kind == FRAME_MEMBER || f->kind == FRAME_END)
			return r;
		if (f->kind == FRAME_XATTR) {
			if (x->n_xattrs >= XATTRS_MAX || !copy_takes_xattr(f->name))
				return refuse(path, "has attributes that no container has");
			r = take_space(&x->left.bytes, f->length);
			if (r < 0)
				return r;
			take_xattr(x, f);
			continue;
		}
		if (f->kind != FRAME_DATA || fd < 0 || f->offset > size || f->length > size - f->offset)
			return refuse(path, "has more content than it should");
		r = take_piece(x, f->offset, f->length, &last);
		for (uint64_t done = 0; r == 0 && done < f->length;) {
			ssize_t n = pwrite(fd, f->data + done, (size_t)(f->length - done), (off_t)(f->offset + done));

			if (n < 0 && errno != EINTR)
				r = errno == ENOSPC || errno == EDQUOT ? no_space() : failed(path, -errno);
			else if (n > 0)
				done += (uint64_t)n;
		}
		if (r < 0)
			return r;
	}
}

/* Gives the open file or directory everything but its times. */
static int give(struct extractor *x, const char *path, int fd, const struct frame_member *m)
{
	if (fchown(fd, (uid_t)m->uid, (gid_t)m->gid) < 0 || fchmod(fd, m->mode & 07777) < 0)
		return failed(path, -errno);
	for (size_t i = 0; i < x->n_xattrs; i++)
		if (fsetxattr(fd, x->xattrs[i].name, x->xattrs[i].value, x->xattrs[i].len, 0) < 0)
			return log_error_errno(errno, "Cannot set the attribute '%s' of '%.200s': %m",
					       x->xattrs[i].name, path);
	return 0;
}

static const struct timespec *times_of(const struct frame_member *m, struct timespec ret[2])
{
	ret[0] = ret[1] = (struct timespec){ m->seconds, m->nanoseconds < 1000000000 ? m->nanoseconds : 0 };
	return ret;
}

/* The file has no name, and lies where the container does, because what is in memory elsewhere would be in memory. */
static int open_directories(struct extractor *x)
{
	static const char name[] = ".directories";
	int fd = openat(x->tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), file;

	file = fd < 0 ? -1 : openat(fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file >= 0 && unlinkat(fd, name, 0) == 0)
		x->directories = fdopen(file, "w+");
	if (file >= 0 && !x->directories)
		close(file);
	closep(&fd);
	return x->directories ? 0 : failed(name, -errno);
}

/* What this takes of the disk is less than a directory is charged. */
static int note_directory(struct extractor *x, const char *path, const struct frame_member *m)
{
	struct timespec times[2];
	const struct directory d = { times_of(m, times)[1], strlen(path) };

	if (fwrite(&d, sizeof(d), 1, x->directories) != 1 || fwrite(path, 1, d.len, x->directories) != d.len)
		return errno == ENOSPC || errno == EDQUOT ? no_space() : failed(path, -errno);
	return 0;
}

/* Whether the directory of the root has not occurred before. */
static bool note_top(struct extractor *x, const char *path)
{
	uint64_t bit = 1;

	for (const struct root_entry *e = root_layout; e->path && strcmp(e->path, path) != 0; e++)
		bit <<= 1;
	if (x->tops & bit)
		return false;
	x->tops |= bit;
	return true;
}

static int extract_directory(struct extractor *x, const char *path, const struct frame_member *m)
{
	bool top = !strchr(path + 1, '/');
	const char *name;
	int dir = open_parent(x, path, &name);
	_cleanup_(closep) int fd = -1;
	int r;

	if (dir < 0)
		return dir;
	if (top && !note_top(x, path))
		return refuse(path, "occurs twice");
	if (!top && mkdirat(dir, name, 0700) < 0)
		return errno == EEXIST ? refuse(path, "occurs twice") : failed(path, -errno);
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failed(path, -errno);
	r = read_rest(x, path, -1, 0);
	if (r == 0)
		r = give(x, path, fd, m);
	return r == 0 ? note_directory(x, path, m) : r;
}

static int extract_file(struct extractor *x, const char *path, const struct frame_member *m)
{
	const char *name;
	int dir = open_parent(x, path, &name);
	_cleanup_(closep) int fd = -1;
	struct timespec times[2];
	int r;

	if (dir < 0)
		return dir;
	if (m->size > INT64_MAX)
		return refuse(path, "has a size that no file has");
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? refuse(path, "occurs twice") : failed(path, -errno);
	if (m->size > 0 && ftruncate(fd, (off_t)m->size) < 0)
		return failed(path, -errno);
	r = read_rest(x, path, fd, m->size);
	if (r == 0)
		r = give(x, path, fd, m);
	if (r == 0 && futimens(fd, times_of(m, times)) < 0)
		r = failed(path, -errno);
	return r;
}

static int extract_hardlink(struct extractor *x, const char *path, const char *target)
{
	const char *name, *first_name;
	int dir = open_parent(x, path, &name);
	_cleanup_(freep) char *first = path_inside(target);
	_cleanup_(closep) int from = first ? rootfd_parent(x->tree, first, WALK_TREE, &first_name) : -EINVAL;
	struct stat st;

	if (dir < 0)
		return dir;
	if (from < 0 || fstatat(from, first_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return refuse(path, "is another name of something that is not a file before it");
	if (linkat(from, first_name, dir, name, 0) < 0)
		return errno == EEXIST ? refuse(path, "occurs twice") : failed(path, -errno);
	return read_rest(x, path, -1, 0);
}

/* What is not opened gets its attributes by its name, in a directory that nobody else can reach. */
static int extract_other(struct extractor *x, const char *path, const struct frame_member *m, const char *target)
{
	const char *name;
	int dir = open_parent(x, path, &name), r;
	struct timespec times[2];

	if (dir < 0)
		return dir;
	r = S_ISLNK(m->mode) ? symlinkat(target, dir, name) : mknodat(dir, name, S_IFIFO | 0600, 0);
	if (r < 0)
		return errno == EEXIST ? refuse(path, "occurs twice") : failed(path, -errno);
	if (fchownat(dir, name, (uid_t)m->uid, (gid_t)m->gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (!S_ISLNK(m->mode) && fchmodat(dir, name, m->mode & 07777, 0) < 0) ||
	    utimensat(dir, name, times_of(m, times), AT_SYMLINK_NOFOLLOW) < 0)
		return failed(path, -errno);
	r = read_rest(x, path, -1, 0);
	if (r == 0 && x->n_xattrs > 0)
		return refuse(path, "has attributes that such a file cannot have");
	return r;
}

/* Extracts the member whose frame was read, and reads the frame after it. */
static int extract_member(struct extractor *x)
{
	const struct frame_member m = x->frame->member;
	_cleanup_(freep) char *member = xstrdup(x->frame->path), *target = xstrdup(x->frame->target),
			      *path = path_inside(member);
	int r;

	if (!path)
		return refuse(member, "is not a path in a container that it can write to");
	if (m.uid > x->left.id_max || m.gid > x->left.id_max)
		return refuse(path, "belongs to a user or group that the container does not have");
	r = take_space(&x->left.bytes, FILE_COST);
	if (r == 0)
		r = take_space(&x->left.files, 1);
	if (r < 0)
		return r;
	clear_xattrs(x);
	if (m.hardlink)
		return extract_hardlink(x, path, target);
	if (S_ISDIR(m.mode))
		return extract_directory(x, path, &m);
	if (!strchr(path + 1, '/'))
		return refuse(path, "is not a directory");
	if (S_ISREG(m.mode))
		return extract_file(x, path, &m);
	if (S_ISFIFO(m.mode) || (S_ISLNK(m.mode) && *target))
		return extract_other(x, path, &m, target);
	return refuse(path, "is of a type that no container has");
}

/* In any order: a directory changes only when something is made in it. */
static int set_times(struct extractor *x)
{
	struct directory d;

	if (fseeko(x->directories, 0, SEEK_SET) < 0)
		return failed("/", -errno);
	while (fread(&d, sizeof(d), 1, x->directories) == 1) {
		const struct timespec times[2] = { d.mtime, d.mtime };
		_cleanup_(freep) char *path = xcalloc(1, d.len + 1);
		_cleanup_(closep) int fd = -1;

		if (fread(path, 1, d.len, x->directories) != d.len)
			break;
		fd = rootfd_openat(x->tree, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
		if (fd == -ENOENT) /* 'finish' has removed it */
			continue;
		if (fd < 0 || futimens(fd, times) < 0)
			return failed(path, fd < 0 ? fd : -errno);
	}
	return feof(x->directories) ? 0 : failed("/", -EIO);
}

/* The last member counts those before it: a tape or a pipe can end between two members. */
static int check_end(struct extractor *x)
{
	_cleanup_(freep) char *text = xasprintf("%llu\n", (unsigned long long)x->members);
	struct frame *f = x->frame;
	bool right;
	int r = next_frame(x->frames, f);

	if (r < 0)
		return r;
	right = f->kind == FRAME_DATA && f->offset == 0 && f->length == strlen(text) &&
		memcmp(f->data, text, strlen(text)) == 0;
	if (!right)
		return refuse(MEMBER_END, "does not fit what came before");
	r = next_frame(x->frames, f);
	return r < 0 || f->kind == FRAME_END ? r : refuse(MEMBER_END, "is not the end");
}

int extract(FILE *frames, struct frame *frame, bool has_frame, int tree, const struct extract_limits *limits,
	    uint64_t before, int (*finish)(void *data, int tree), void *data)
{
	_cleanup_(extractor_done) struct extractor x = {
		.frames = frames,
		.tree = tree,
		.left = *limits,
		.frame = frame,
		.near = ROOTFD_NEAR_INIT,
		.members = before,
	};
	int r = open_directories(&x);

	if (r == 0 && !has_frame)
		r = next_frame(frames, frame);
	for (; r == 0; x.members++) {
		if (x.frame->kind != FRAME_MEMBER)
			return refuse(MEMBER_END, "is missing");
		if (strcmp(x.frame->path, MEMBER_END) == 0)
			break;
		r = extract_member(&x);
	}
	if (r == 0)
		r = check_end(&x);
	if (r == 0)
		r = finish(data, tree);
	return r < 0 ? r : set_times(&x);
}
