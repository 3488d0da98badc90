/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Root in the container may have put anything into its tree, so everything is opened below the descriptor of what it
 * lies in, and only regular files are read. On disk, owners are already those that the container sees. */
#include "archive/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/frames.h"
#include "archive/manifest.h"
#include "archive/packer-run.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "base/tree-walk.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record-text.h"
#include "container/root-layout.h"
#include "create/hardlinks.h"
#include "package/pkg.h"
#include "unit/unit-load.h"

#define SIZE_MAX_FILE ((off_t)1 << 46) /* bytes; holes count, and a file can be all hole */
#define XATTRS_SIZE_MAX (512 * 1024)   /* bytes of all attributes of a file; libarchive reads no more than 1 MiB */

struct exporter {
	FILE *frames;
	char *prefix; /* the path of the tree as the kernel tells it */
	struct hardlinks links;
	uint64_t members, left_out;
	int r; /* the first error, after a message */
};

static void exporter_done(struct exporter *e)
{
	hardlinks_done(&e->links);
	free(e->prefix);
}

/* Where the descriptor leads. Caller frees. NULL if the path is too long. */
static char *path_of(int fd)
{
	char link[PATH_MAX], self[32];
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, link, sizeof(link));
	return n > 0 && n < (ssize_t)sizeof(link) ? xstrndup(link, (size_t)n) : NULL;
}

/* Why a pipe is broken, the packer's exit status says in the end. */
static int write_failed(int r)
{
	if (r == -EPIPE || r == -EINTR)
		return r;
	return log_error_errno(r == -EMSGSIZE ? -ENAMETOOLONG : r, "Cannot write the archive: %m");
}

static int write_text(struct exporter *e, const char *path, const char *text)
{
	const struct frame_member member = { .size = strlen(text), .mode = S_IFREG | 0600 };
	int r = frame_write_member(e->frames, &member, path, NULL);

	for (size_t done = 0; r == 0 && done < member.size; done += FRAME_DATA_MAX) {
		size_t left = (size_t)member.size - done;

		r = frame_write_data(e->frames, done, text + done, left < FRAME_DATA_MAX ? left : FRAME_DATA_MAX);
	}
	e->members++;
	return r < 0 ? write_failed(r) : 0;
}

/* --- what the archive says about itself ------------------------------------------------------------------ */

static void add_unit(const struct context *context, const struct pkg_backend *backend, struct pkg_db *db,
		     const char *name, struct manifest *m)
{
	_cleanup_(freep) char *message = NULL;
	_cleanup_(strv_done) struct strv owners = { 0 };
	struct unit unit;

	if (unit_load(context->root_fd, name, NULL, &unit, &message) != UNIT_OK)
		return;
	if (backend->owners(db, unit.file, &owners) == 0 && owners.n > 0)
		strv_addf(&m->units, "%s %s", name, owners.v[0]);
	unit_done(&unit);
}

static int write_manifest(struct exporter *e, const struct context *context, const struct record *record)
{
	_cleanup_(manifest_done) struct manifest m = { .name = xstrdup(record->name) };
	_cleanup_(freep) char *text = NULL;
	const struct pkg_backend *backend;
	struct pkg_db *db;
	int r = pkg_open(context->root, context->root_fd, record->package_manager, "/", &backend, &db);

	if (r < 0)
		return r;
	for (size_t i = 0; i < record->packages.n; i++) {
		_cleanup_(freep) char *version = backend->version(db, record->packages.v[i]);

		strv_addf(&m.packages, "%s %s", record->packages.v[i], version ? version : "-");
	}
	for (size_t i = 0; i < record->units.n; i++)
		add_unit(context, backend, db, record->units.v[i], &m);
	backend->close(db);
	text = manifest_format(&m);
	return write_text(e, MEMBER_MANIFEST, text);
}

/* --- the tree -------------------------------------------------------------------------------------------- */

static int read_failed(const char *path, int r)
{
	return r == -EINTR || r == -EPIPE ? r : log_error_errno(r, "Cannot read '%s': %m", path);
}

static int write_xattrs(struct exporter *e, int fd, const char *path)
{
	char names[XATTR_LIST_MAX], value[XATTR_SIZE_MAX], self[32];
	size_t total = 0;
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = listxattr(self, names, sizeof(names));
	if (n < 0)
		return errno == ENOTSUP ? 0 : read_failed(path, -errno);
	for (char *name = names; name < names + n; name += strlen(name) + 1) {
		ssize_t len = copy_takes_xattr(name) ? getxattr(self, name, value, sizeof(value)) : 0;
		int r;

		if (!copy_takes_xattr(name) || (len < 0 && errno == ENODATA))
			continue;
		if (len < 0)
			return read_failed(path, -errno);
		total += (size_t)len + strlen(name);
		if (strchr(name, '=') || total > XATTRS_SIZE_MAX)
			return log_error_errno(-E2BIG,
					       "'%s' has extended attributes that do not fit into an archive; "
					       "'getfattr -d' shows them.",
					       path);
		r = frame_write_xattr(e->frames, name, value, (size_t)len);
		if (r < 0)
			return write_failed(r);
	}
	return 0;
}

static int write_extent(void *data, int fd, off_t start, off_t end)
{
	const struct exporter *e = data;

	(void)fd;
	return frame_write_extent(e->frames, (uint64_t)start, (uint64_t)(end - start));
}

static int write_data(void *data, int fd, off_t start, off_t end)
{
	static char bytes[FRAME_DATA_MAX];
	const struct exporter *e = data;

	while (start < end) {
		size_t want = end - start < (off_t)sizeof(bytes) ? (size_t)(end - start) : sizeof(bytes);
		ssize_t n = pread(fd, bytes, want, start);
		int r;

		if (signals_pending())
			return -EINTR;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0; /* it shrank; the packer fills it up */
		r = frame_write_data(e->frames, (uint64_t)start, bytes, (size_t)n);
		if (r < 0)
			return r;
		start += n;
	}
	return 0;
}

/* upgrade/given.h */
static int write_given(struct exporter *e, const struct context *context, const struct record *record)
{
	_cleanup_(freep) char *path = given_path(record->name);
	_cleanup_(closep) int fd =
		rootfd_openat(context->root_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, WALK_ROOT);
	struct frame_member member = { .mode = S_IFREG | 0600 };
	struct stat st;
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return read_failed(path, fd < 0 ? fd : -EINVAL);
	member.size = (uint64_t)st.st_size;
	r = frame_write_member(e->frames, &member, MEMBER_GIVEN, NULL);
	if (r == 0)
		r = write_data(e, fd, 0, st.st_size);
	e->members++;
	return r < 0 ? read_failed(path, r) : 0;
}

static int write_content(struct exporter *e, int fd, const struct stat *st, const char *path)
{
	char self[32];
	_cleanup_(closep) int file = -1;
	off_t holes = st->st_size;
	int r = 0;

	if (st->st_size == 0)
		return 0;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd); /* of a regular file, by an O_PATH descriptor */
	file = open(self, O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file < 0)
		return read_failed(path, -errno);
	if (st->st_blocks < st->st_size / 512) {
		r = copy_each_extent(file, st->st_size, write_extent, e);
		if (r == 0 && st->st_blocks == 0)
			r = frame_write_extent(e->frames, (uint64_t)holes, 0);
	}
	if (r == 0)
		r = copy_each_extent(file, st->st_size, write_data, e);
	return r < 0 ? read_failed(path, r) : 0;
}

/* The name under which the file is in the archive already, or NULL. */
static const char *first_name(struct exporter *e, const struct stat *st, const char *path)
{
	return S_ISREG(st->st_mode) ? hardlinks_first(&e->links, st, path) : NULL;
}

static int write_member(struct exporter *e, int fd, const struct stat *st, const char *path)
{
	const char *first = first_name(e, st, path);
	char link[PATH_MAX] = "";
	const struct frame_member member = {
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.seconds = st->st_mtim.tv_sec,
		.nanoseconds = (uint32_t)st->st_mtim.tv_nsec,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.hardlink = first != NULL,
	};
	ssize_t n = S_ISLNK(st->st_mode) ? readlinkat(fd, "", link, sizeof(link) - 1) : 0;
	int r;

	if (n < 0)
		return read_failed(path, -errno);
	if (S_ISREG(st->st_mode) && st->st_size > SIZE_MAX_FILE)
		return log_error_errno(-EFBIG, "'%s' is larger than an archive can hold.", path);
	r = frame_write_member(e->frames, &member, path, first ? first : link);
	e->members++;
	if (r < 0)
		return write_failed(r);
	if (first || S_ISLNK(st->st_mode))
		return 0;
	r = write_xattrs(e, fd, path);
	return r < 0 || !S_ISREG(st->st_mode) ? r : write_content(e, fd, st, path);
}

/* Sockets exist anew when their services do. Of devices, a container can have made only those that stand for removed
 * files in an overlay. */
static bool is_kept(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISFIFO(mode);
}

static int visit(void *data, const struct tree_item *item)
{
	struct exporter *e = data;
	const struct stat *st = &item->st;
	_cleanup_(freep) char *path = NULL, *member = NULL;
	const char *inside;

	if (signals_pending())
		return e->r = -EINTR;
	if (!is_kept(st->st_mode)) {
		e->left_out += !S_ISSOCK(st->st_mode);
		return 0;
	}
	path = path_of(item->fd);
	inside = path ? skip_prefix(path, e->prefix) : NULL;
	if (!inside || *inside != '/')
		return e->r = log_error_errno(-ENAMETOOLONG, "A path below '%s' is too long for an archive.",
					      e->prefix);
	member = xasprintf(MEMBER_TREE "%s", inside);
	return e->r = write_member(e, item->fd, st, member);
}

static int write_directory(struct exporter *e, int tree, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(tree, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_MOUNT);
	const struct tree_visitor visitor = { .visit = visit, .data = e, .stops = true };
	int r = fd;

	if (fd >= 0)
		r = tree_walk(fd, &visitor);
	if (e->r < 0)
		return e->r;
	if (fd == -ENOENT)
		return 0;
	if (r == -EXDEV)
		return log_error_errno(r, "Something is mounted in '%s%s'; unmount it first.", e->prefix, path);
	if (r == -ESTALE)
		return log_error_errno(r, "'%s%s' changed while it was read; try again.", e->prefix, path);
	return r < 0 ? read_failed(path, r) : 0;
}

static int write_tree(struct exporter *e, int tree)
{
	int r = 0;

	e->prefix = path_of(tree);
	if (!e->prefix)
		return log_error_errno(-ENAMETOOLONG, "The path of the container's directory is too long.");
	for (const struct root_entry *entry = root_layout; r == 0 && entry->path; entry++)
		if (root_is_writable(entry))
			r = write_directory(e, tree, entry->path);
	if (r == 0 && e->left_out > 0)
		log_warn("%llu device files are not in the archive.", (unsigned long long)e->left_out);
	return r;
}

static int write_end(struct exporter *e)
{
	_cleanup_(freep) char *text = xasprintf("%llu\n", (unsigned long long)e->members);
	int r = write_text(e, MEMBER_END, text);

	if (r == 0)
		r = frame_write_end(e->frames);
	return r < 0 ? write_failed(r) : 0;
}

int export_write(const struct context *context, const struct record *record, int fd)
{
	_cleanup_(packer_done) struct packer packer = PACKER_INIT;
	_cleanup_(exporter_done) struct exporter e = { 0 };
	_cleanup_(closep) int tree = place_open_tree(context->root_fd, record->path, false);
	_cleanup_(freep) char *text = record_format(record);
	int r = tree < 0 ? tree : packer_pack(fd, &packer);

	if (r < 0)
		return r;
	e.frames = packer.frames;
	r = write_manifest(&e, context, record);
	if (r == 0)
		r = write_text(&e, MEMBER_RECORD, text);
	if (r == 0)
		r = write_given(&e, context, record);
	if (r == 0)
		r = write_tree(&e, tree);
	if (r == 0)
		r = write_end(&e);
	if (r == 0 || r == -EPIPE) {
		int why = packer_end(&packer);

		r = why < 0 ? log_error_errno(why, "Cannot write the archive: %m") : r;
	}
	return r;
}
