/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container was given: for each path of its /etc and /var that create, or the last upgrade, put there, what that
 * was, and for /etc the content. Without it, nobody could tell what the container has changed since from what the host
 * has changed.
 *
 * All of it is one file, GIVEN_DIR/NAME, outside the container's tree, which only root can read: it may hold the
 * service's keys. It is always replaced as a whole, so that copies of it may be hard links. The file may come from
 * another host, in an archive, so what it holds is checked; paths in it are only ever used below the container's tree
 * (WALK_TREE), or as the name of a file of the host that is compared. */
#pragma once

#include "base/buf.h"
#include "create/plan.h"
#include "upgrade/version.h"

#define GIVEN_MAX ((size_t)512 * 1024 * 1024) /* bytes */

struct record;

/* When a file of the host was last changed, as far as its inode tells. */
struct stamp {
	uint64_t ino, size;
	int64_t mtime, ctime; /* nanoseconds */
};

struct given_entry {
	char *path; /* in the container */
	struct version given;
	bool has_offered; /* the host's is beside the container's, as PATH.host-new */
	struct version offered;
	char *source;	    /* the host's path that it was copied from, or NULL */
	struct stamp stamp; /* of that, if it tells whether the host's has changed; else all 0 */
};

/* All owned; {0} is a container that was given nothing that we know of. */
struct given {
	struct strv units, packages; /* that create was asked for */
	bool copy;		     /* --copy was given */
	struct given_entry *v;	     /* sorted by path */
	size_t n;
};
void given_done(struct given *given);

/* The units that the container is for: those that create was asked for, or, if it was given nothing that we know of,
 * those in its record. Borrowed from either. */
const struct strv *given_units(const struct given *given, const struct record *record);

/* The entry of that path, or NULL. */
struct given_entry *given_find(const struct given *given, const char *path);

/* Adds an entry, which takes ownership of the path; given_sort() has to be called after the last one. The pointer is
 * valid until the next one is added. */
struct given_entry *given_add(struct given *given, char *path);
void given_sort(struct given *given);

/* The file begins with a hash of all stamps and sources, for those who look at many. Parses its first bytes, with a NUL
 * behind them. 0 or -EINVAL. */
#define GIVEN_HEAD_SIZE 64
int given_parse_hash(const char *head, uint64_t *ret);

/* The content of the file. The caller frees the buffer. */
void given_format(const struct given *given, struct buf *ret);

/* Parses 'data', which has a NUL behind it. 0, with *ret for given_done(); or -EINVAL. */
int given_parse(const char *data, size_t size, struct given *ret);

/* Reads and parses file 'path' below 'fd'. 0, with *ret for given_done(); or -errno, as of rootfd_read() and
 * given_parse(). */
int given_read(int fd, const char *path, enum walk walk, struct given *ret);

/* Reads what container 'name' was given. 0; -ENOENT without a message if nobody knows; or another -errno after a
 * message. */
int given_load(int root_fd, const char *name, struct given *ret);

/* Replaces it. 0, or -errno after a message. */
int given_save(int root_fd, const char *name, const struct given *given);

/* Whether create keeps what it puts at 'path' in the container, because an upgrade may replace it. */
bool given_is_kept(const char *path);

/* Adds to the plan of create that it keeps what it gave. 'units' and 'packages' are those that it was asked for. */
void given_plan(struct plan *plan, const char *name, const struct strv *units, const struct strv *packages, bool copy);
extern const struct op_kind op_given;

/* The stamp of a file or directory of the host with this status; and whether it tells anything about what 'op' copies,
 * which is not so for a directory of which not everything is taken. */
struct stamp given_stamp(const struct stat *st);
bool given_is_stamped(const struct op *op);

/* What 'op' makes, as far as the operation alone tells: not for a file of which it has no content. True, with *ret for
 * version_done(), or false. */
bool given_version_of(const struct op *op, struct version *ret);

/* What follows a container that is copied, removed or renamed. Nothing is there to copy, remove or rename if the
 * container was made by an early version of this program; that is not an error. 0, or -errno after a message. The undo
 * of the last upgrade is removed or renamed, too, but not copied. given_rename() replaces nothing (-EEXIST), and either
 * renames both or none. */
int given_copy(int root_fd, const char *from, const char *to);
int given_remove(int root_fd, const char *name);
int given_forget_undo(int root_fd, const char *name); /* only that */
void given_paths(const char *name, struct strv *ret); /* appends what given_remove() removes, if it is there */
int given_rename(int root_fd, const char *from, const char *to);
