/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See survey-walk.h. */
#include "contents/files-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "container/paths.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "contents/entry.h"

#define WALK_DEPTH_MAX 512 /* each level holds a descriptor */
#define ENTRIES_MAX 4000000

static bool outside_closure(const struct strv *owners, const struct strv *closure)
{
	for (size_t i = 0; i < owners->n; i++)
		if (!strv_find(closure, owners->v[i]))
			return true;
	return false;
}

/* Whose a directory that is taken whole is, and so what is in it. */
struct taken {
	bool of_root, unit_own;
};

static int walk(struct walk_state *w, const char *path, struct taken by, unsigned int depth);

/* The host's own units for containers. Looking at hundreds of them would make each create slower than the one before.
 */
static bool is_host_unit(const char *parent, const char *name)
{
	return strcmp(parent, HOST_UNIT_DIR) == 0 && has_suffix(name, HOST_UNIT_SUFFIX);
}

/* One name in a directory that is taken whole: passed over where a package owns it, else an entry of its own. */
static int walk_child(struct walk_state *w, int dir, const char *parent, const char *name, struct taken by,
		      unsigned int depth)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	_cleanup_(freep) char *path = xasprintf("%s/%s", parent, name);
	_cleanup_(freep) char *again = NULL;
	struct entry *e;
	int r;

	if (is_host_unit(parent, name) || entries_find(w->survey->v, w->n_owned, path) || layout_generated(path))
		return 0;
	r = w->rq->backend->owners(w->rq->db, path, &owners);
	if (r < 0 || owners.n > 0)
		return r;
	if (w->survey->n >= ENTRIES_MAX)
		return log_error_errno(-E2BIG, "'%s' and what is beside it hold more than %d files; move some away.",
				       parent, ENTRIES_MAX);
	again = xstrdup(path);
	e = entries_add(w->survey, steal_ptr(path));
	e->of_root = by.of_root;
	e->unit_own = by.unit_own;
	r = entry_stat(dir, name, e);
	if (r < 0)
		return log_error_errno(r, "Cannot look at '%s': %m", again);
	return S_ISDIR(e->st.st_mode) ? walk(w, again, by, depth + 1) : 0;
}

static int walk(struct walk_state *w, const char *path, struct taken by, unsigned int depth)
{
	_cleanup_(closep) int dir =
		rootfd_openat(w->rq->root_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	_cleanup_(strv_done) struct strv names = { 0 };
	int r;

	if (depth > WALK_DEPTH_MAX)
		return log_error_errno(-ELOOP, "'%s' is nested too deeply; move it away.", path);
	r = dir < 0 ? dir : rootfd_list(dir, ".", WALK_TREE, &names);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return 0; /* gone meanwhile */
	if (r < 0)
		return log_error_errno(r, "Cannot read directory '%s': %m", path);
	for (size_t i = 0; i < names.n; i++) {
		r = walk_child(w, dir, path, names.v[i], by, depth);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether a directory of the closure's is taken with what no package owns: a root's own, or one whose every owner is in
 * the closure; never a place that is common to all packages. */
static int taken_whole(struct walk_state *w, const struct entry *e)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	int r;

	if (!e->exists || !S_ISDIR(e->st.st_mode) || layout_common(e->path) || layout_generated(e->path))
		return 0;
	if (skip_prefix(e->path, "/var/")) /* what is there of others is left out */
		return w->rq->copy_var && (e->of_root || e->unit_own);
	if (e->of_root || e->unit_own)
		return 1;
	r = w->rq->backend->owners(w->rq->db, e->path, &owners);
	return r < 0 ? r : !outside_closure(&owners, w->rq->closure);
}

int walk_owned(struct walk_state *w)
{
	for (size_t i = 0; i < w->n_owned; i++) {
		_cleanup_(freep) char *path = NULL; /* the array moves while it grows */
		int r = taken_whole(w, &w->survey->v[i]);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		path = xstrdup(w->survey->v[i].path);
		r = walk(w, path, (struct taken){ w->survey->v[i].of_root, w->survey->v[i].unit_own }, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A path that nobody's records led to: it and what is below, if it is there. */
static int walk_place(struct walk_state *w, const char *path, struct taken by, bool content)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(w->rq->root_fd, path, WALK_TREE, &name);
	struct entry *e, probe = { .path = (char *)path };
	int r;

	if (dir < 0)
		return 0;
	r = entry_stat(dir, name, &probe);
	if (r < 0)
		return log_error_errno(r, "Cannot look at '%s': %m", path);
	if (!probe.exists)
		return 0;
	if (!entries_find(w->survey->v, w->n_owned, path)) {
		probe.path = xstrdup(path);
		probe.of_root = by.of_root;
		probe.unit_own = by.unit_own;
		e = entries_add(w->survey, probe.path);
		*e = probe;
	} else {
		free(probe.target);
	}
	return content && S_ISDIR(probe.st.st_mode) ? walk(w, path, by, 0) : 0;
}

int walk_borrowed(struct walk_state *w)
{
	for (size_t i = 0; layout_borrowed_place(i); i++) {
		int r = walk_place(w, layout_borrowed_place(i), (struct taken){ 0 }, true);

		if (r < 0)
			return r;
	}
	/* The administrator's own units, drop-ins and aliases; the rules take those of the closure. */
	return walk_place(w, "/etc/systemd/system", (struct taken){ 0 }, true);
}

static bool is_unit_uid(const struct survey_request *rq, uid_t uid)
{
	for (size_t i = 0; i < rq->n_unit_uids; i++)
		if (rq->unit_uids[i] == uid)
			return true;
	return false;
}

/* Folders that no package owns and that belong to the user whom a unit runs as, and those that units name. */
int walk_unit_own(struct walk_state *w)
{
	static const char *const places[] = { "/var/lib", "/var/log", "/var/cache", "/var/spool" };

	for (size_t i = 0; i < w->rq->own_dirs->n; i++) {
		const char *path = w->rq->own_dirs->v[i];
		int r = walk_place(w, path, (struct taken){ .unit_own = true },
				   !skip_prefix(path, "/var/") || w->rq->copy_var);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places) && w->rq->n_unit_uids > 0; i++) {
		_cleanup_(strv_done) struct strv names = { 0 };

		if (rootfd_list(w->rq->root_fd, places[i], WALK_TREE, &names) < 0)
			continue;
		for (size_t k = 0; k < names.n; k++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", places[i], names.v[k]);
			struct stat st;
			int r;

			if (rootfd_lstat(w->rq->root_fd, path, WALK_TREE, &st) < 0 || !S_ISDIR(st.st_mode) ||
			    !is_unit_uid(w->rq, st.st_uid) || entries_find(w->survey->v, w->n_owned, path))
				continue;
			r = walk_place(w, path, (struct taken){ .unit_own = true }, w->rq->copy_var);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* A path that somebody names and no package knows; what one knows comes, or stays, with it. Below /var it is 'by'. */
static int walk_unknown(struct walk_state *w, const char *path, struct taken by)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	bool in_var = skip_prefix(path, "/var/");
	int r;

	if (layout_common(path) || layout_generated(path))
		return 0;
	r = w->rq->backend->owners(w->rq->db, path, &owners);
	if (r < 0 || owners.n > 0)
		return r;
	return walk_place(w, path, in_var ? by : (struct taken){ 0 }, !in_var || w->rq->copy_var);
}

int walk_named(struct walk_state *w)
{
	int r = 0;

	for (size_t i = 0; i < w->rq->named->n && r == 0; i++)
		r = walk_unknown(w, w->rq->named->v[i], (struct taken){ .unit_own = true });
	return r;
}

/* 1 when the path is in a directory of another package: there it is that package's, whoever speaks of it. 0 or -errno.
 */
static int is_elsewhere(const struct walk_state *w, const char *path)
{
	_cleanup_(freep) char *dir = xstrdup(path);

	for (;;) {
		_cleanup_(strv_done) struct strv owners = { 0 };
		int r;

		*strrchr(dir, '/') = '\0';
		if (!*dir || layout_common(dir))
			return 0;
		r = w->rq->backend->owners(w->rq->db, dir, &owners);
		if (r < 0)
			return r;
		for (size_t i = 0; i < owners.n; i++)
			if (strv_find(w->rq->roots, owners.v[i]))
				return 0;
		if (owners.n > 0)
			return 1;
	}
}

int walk_scripted(struct walk_state *w)
{
	for (size_t i = 0; i < w->rq->scripted->n; i++) {
		int r = is_elsewhere(w, w->rq->scripted->v[i]);

		if (r == 0)
			r = walk_unknown(w, w->rq->scripted->v[i], (struct taken){ .of_root = true });
		if (r < 0)
			return r;
	}
	return 0;
}
