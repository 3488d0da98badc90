/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table says where files lie whose names tell the container. Reservations are named after what is reserved, and have
 * the container's name in them. A file is a unit of ours only if it says so. */
#include "archive/orphans.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "container/record-file.h"
#include "container/reservation.h"
#include "container/unit-dirs.h"
#include "copies/snapshots.h"

#define UNIT_MAX (64 * 1024) /* bytes */
#define OWNER_MAX 256	     /* bytes, of a container's name */

static const char *const words[] = {
	[ORPHAN_RESERVATION] = "reservation",
	[ORPHAN_UNIT] = "unit",
	[ORPHAN_DROPINS] = "drop-ins",
	[ORPHAN_DIRECTORY] = "directory",
	[ORPHAN_IMAGE] = "image",
	[ORPHAN_SNAPSHOTS] = "snapshots",
	[ORPHAN_STATE] = "state",
};

struct search {
	const struct context *context;
	const char *only; /* this container, or NULL for all */
	struct strv records;
	struct orphans found;
};

void orphans_done(struct orphans *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->v[i].name);
		free(o->v[i].path);
	}
	free(o->v);
	*o = (struct orphans){ 0 };
}

const char *orphan_kind_word(enum orphan_kind kind)
{
	return words[kind];
}

/* Whether this is the name of a container that has no record, and that is searched for. */
static bool is_orphaned(const struct search *s, const char *name)
{
	return record_name_valid(name) && (!s->only || strcmp(s->only, name) == 0) && !strv_find(&s->records, name);
}

static void add(struct search *s, enum orphan_kind kind, const char *name, const char *path)
{
	grow(s->found.v, s->found.n);
	s->found.v[s->found.n++] = (struct orphan){ kind, xstrdup(name), xstrdup(path) };
}

static int list(const struct search *s, const char *dir, struct strv *ret)
{
	int r = rootfd_list(s->context->root_fd, dir, WALK_ROOT, ret);

	return r < 0 && r != -ENOENT ? log_error_errno(r, "Cannot read directory '%s': %m", dir) : 0;
}

static int find_reservations(struct search *s)
{
	static const char *const kinds[] = { RESERVE_LEVELS, RESERVE_IDS, RESERVE_ADDRESSES, RESERVE_MACS,
					     RESERVE_PORTS };

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_(strv_done) struct strv values = { 0 };
		int r = reservation_list(s->context->root_fd, kinds[k], &values);

		if (r < 0)
			return r;
		for (size_t i = 0; i < values.n; i++) {
			_cleanup_(freep) char *path = reservation_path(kinds[k], values.v[i]), *owner = NULL;

			if (reservation_owner(s->context->root_fd, kinds[k], values.v[i], &owner) == 0 &&
			    is_orphaned(s, owner))
				add(s, ORPHAN_RESERVATION, owner, path);
		}
	}
	return 0;
}

/* Where each container has something of its own name, between the two affixes. */
static const struct {
	const char *dir, *prefix, *suffix;
	enum orphan_kind kind;
	mode_t type; /* S_IFREG, S_IFDIR */
} places[] = {
	{ CONTAINERS_DIR, "", "", ORPHAN_DIRECTORY, S_IFDIR },
	{ CONTAINERS_DIR, "", "", ORPHAN_IMAGE, S_IFREG },
	{ CONTAINERS_DIR, ".", RECORD_SUFFIX, ORPHAN_STATE, S_IFREG },
	{ CONTAINERS_DIR "/" SNAPSHOT_DIR, "", "", ORPHAN_SNAPSHOTS, S_IFDIR },
	{ ALLOW_DIR, "", "", ORPHAN_STATE, S_IFREG },
	{ GIVEN_DIR, "", "", ORPHAN_STATE, S_IFREG },
	{ UNDO_DIR, "", "", ORPHAN_STATE, S_IFDIR },
	{ UNDO_DIR, UNDO_NEW, "", ORPHAN_STATE, S_IFDIR },
};

/* What is between the affixes; NULL if it does not have them. Caller frees. */
static char *between(const char *file, const char *prefix, const char *suffix)
{
	const char *rest = skip_prefix(file, prefix);

	return rest && has_suffix(rest, suffix) ? xstrndup(rest, strlen(rest) - strlen(suffix)) : NULL;
}

static int find_places(struct search *s)
{
	for (size_t p = 0; p < ARRAY_SIZE(places); p++) {
		_cleanup_(strv_done) struct strv files = { 0 };
		int r = list(s, places[p].dir, &files);

		if (r < 0)
			return r;
		for (size_t i = 0; i < files.n; i++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", places[p].dir, files.v[i]);
			_cleanup_(freep) char *name = between(files.v[i], places[p].prefix, places[p].suffix);
			struct stat st;

			if (name && is_orphaned(s, name) &&
			    rootfd_lstat(s->context->root_fd, path, WALK_ROOT, &st) == 0 &&
			    (st.st_mode & S_IFMT) == places[p].type)
				add(s, places[p].kind, name, path);
		}
	}
	return 0;
}

/* The container's name in the first line of a unit of ours. Caller frees. NULL for any other file. */
static char *unit_owner(int root_fd, const char *path)
{
	_cleanup_(freep) char *text = NULL;
	const char *name;

	if (rootfd_read(root_fd, path, WALK_ROOT, UNIT_MAX, &text, NULL) < 0)
		return NULL;
	name = skip_prefix(text, "# Made by virt-sandbox-service for container '");
	return name ? xstrndup(name, strcspn(name, "'\n")) : NULL;
}

static int find_units(struct search *s)
{
	_cleanup_(strv_done) struct strv files = { 0 };
	int r = list(s, HOST_UNIT_DIR, &files);

	for (size_t i = 0; r == 0 && i < files.n; i++) {
		_cleanup_(freep) char *path = xasprintf(HOST_UNIT_DIR "/%s", files.v[i]);
		_cleanup_(freep) char *owner =
			strstr(files.v[i], "_sandbox") ? unit_owner(s->context->root_fd, path) : NULL;

		if (owner && is_orphaned(s, owner))
			add(s, ORPHAN_UNIT, owner, path);
	}
	return r;
}

static int find_unit_dirs(struct search *s)
{
	for (size_t d = 0; unit_dirs[d]; d++) {
		_cleanup_(strv_done) struct strv files = { 0 };
		int r = list(s, unit_dirs[d], &files);

		if (r < 0)
			return r;
		for (size_t i = 0; i < files.n; i++) {
			_cleanup_(freep) char *owner = unit_dir_owner(files.v[i]);
			_cleanup_(freep) char *path = xasprintf("%s/%s", unit_dirs[d], files.v[i]);

			if (owner && is_orphaned(s, owner))
				add(s, ORPHAN_DROPINS, owner, path);
		}
	}
	return 0;
}

int orphans_find(const struct context *context, const char *name, struct orphans *ret)
{
	struct search s = { .context = context, .only = name };
	int r = record_names(context->root_fd, &s.records);

	if (r == 0)
		r = find_reservations(&s);
	if (r == 0)
		r = find_places(&s);
	if (r == 0)
		r = find_units(&s);
	if (r == 0)
		r = find_unit_dirs(&s);
	strv_done(&s.records);
	if (r < 0)
		orphans_done(&s.found);
	else
		*ret = s.found;
	return r;
}

int orphans_check_name(const struct context *context, const char *name, const char *path)
{
	_cleanup_(freep) char *given = given_path(name), *undo = undo_path(name), *unit = host_unit_path(name);
	_cleanup_(freep) char *snapshots = snapshots_path(path), *beside = record_path_beside(path);
	const char *const left[] = { given, undo, snapshots, beside };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		if (rootfd_lstat(context->root_fd, left[i], WALK_ROOT, &st) == 0)
			return log_error_errno(
				-EEXIST,
				"'%s' is left of another container '%s'; adopt that, remove what is left of it, which "
				"'virt-sandbox-service list --orphans' shows, or choose another name.",
				left[i], name);
	if (rootfd_lstat(context->root_fd, path, WALK_ROOT, &st) == 0)
		return log_error_errno(-EEXIST, "Directory '%s' already exists; move it away, or choose another name.",
				       path);
	if (rootfd_lstat(context->root_fd, unit, WALK_ROOT, &st) == 0)
		return log_error_errno(-EEXIST, "Unit file '%s' already exists; remove it, or choose another name.",
				       unit);
	return 0;
}
