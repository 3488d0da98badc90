/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See survey.h. First the packages' own records, sorted and merged; then the disk is asked about each; then directories
 * are walked for what no package owns. */
#include "contents/files.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "contents/key-scan.h"
#include "contents/entry.h"
#include "contents/keys.h"
#include "contents/files-walk.h"
#include "unit/unit-name.h"

static int add_package(struct survey *s, const struct survey_request *rq, const char *package)
{
	_cleanup_(pkg_files_done) struct pkg_files files = { 0 };
	bool root = strv_find(rq->roots, package);
	int r = rq->backend->files(rq->db, package, &files);

	if (r < 0)
		return r;
	for (size_t i = 0; i < files.n; i++) {
		const char *unit = skip_prefix(files.v[i].path, "/usr/lib/systemd/system/");
		struct entry *e;

		if (unit && unit_name_kind(unit) != UNIT_NAME_INVALID)
			strv_add(&s->units, unit);
		if (skip_prefix(files.v[i].path, "/usr/lib/sysusers.d/"))
			strv_add(&s->sysusers, files.v[i].path);
		if (!skip_prefix(files.v[i].path, "/etc/") && !skip_prefix(files.v[i].path, "/var/"))
			continue;
		e = entries_add(s, steal_ptr(files.v[i].path));
		e->package = package;
		e->of_root = root;
		e->config = files.v[i].config;
	}
	return 0;
}

/* The entries are sorted, so that those of one directory mostly follow each other: it is opened once for them. */
static int stat_owned(struct survey *s, int root_fd)
{
	_cleanup_(closep) int dir = -1;
	const char *dir_of = "";
	size_t dir_len = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->v[i];
		const char *name = strrchr(e->path, '/') + 1;
		size_t len = (size_t)(name - e->path);
		int r;

		if (len != dir_len || strncmp(dir_of, e->path, len) != 0) {
			closep(&dir);
			dir = rootfd_parent(root_fd, e->path, WALK_TREE, &name);
			dir_of = e->path;
			dir_len = len;
		}
		if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP)
			continue; /* not there, or behind a link such as /var/run */
		r = dir < 0 ? dir : entry_stat(dir, name, e);
		if (r < 0)
			return log_error_errno(r, "Cannot look at '%s': %m", e->path);
	}
	return 0;
}

static bool in_own_dir(const struct survey_request *rq, const char *path)
{
	for (size_t i = 0; i < rq->own_dirs->n; i++) {
		const char *rest = skip_prefix(path, rq->own_dirs->v[i]);

		if (rest && (*rest == '\0' || *rest == '/'))
			return true;
	}
	return false;
}

static int survey_packages(const struct survey_request *rq, struct survey *s)
{
	for (size_t i = 0; i < rq->closure->n; i++) {
		int r = add_package(s, rq, rq->closure->v[i]);

		if (r < 0)
			return r;
	}
	strv_sort_unique(&s->units);
	entries_merge(s);
	for (size_t i = 0; i < s->n; i++)
		s->v[i].unit_own = in_own_dir(rq, s->v[i].path);
	return stat_owned(s, rq->root_fd);
}

/* Every directory on the way to an entry becomes an entry, also where no package records it. */
static void add_parents(struct survey *s, int root_fd)
{
	size_t n = s->n;

	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *path = xstrdup(s->v[i].path);

		for (;;) {
			struct entry *e;
			const char *name;
			_cleanup_(closep) int dir = -1;

			*strrchr(path, '/') = '\0';
			if (!strchr(path + 1, '/') || entries_find(s->v, n, path))
				break;
			e = entries_add(s, xstrdup(path));
			dir = rootfd_parent(root_fd, path, WALK_TREE, &name);
			if (dir >= 0 && entry_stat(dir, name, e) < 0)
				e->exists = false;
		}
	}
	entries_merge(s);
}

/* A secret stays one under another name. */
static void mark_secrets(struct survey *s, int root_fd)
{
	for (size_t i = 0; layout_secret_place(i); i++) {
		struct stat st;

		if (rootfd_lstat(root_fd, layout_secret_place(i), WALK_TREE, &st) < 0 || st.st_nlink < 2)
			continue;
		for (size_t k = 0; k < s->n; k++)
			if (s->v[k].exists && s->v[k].st.st_ino == st.st_ino && s->v[k].st.st_dev == st.st_dev)
				s->v[k].secret = true;
	}
}

int survey_run(const struct survey_request *request, struct survey *ret)
{
	_cleanup_(survey_done) struct survey s = { 0 };
	struct walk_state w = { .rq = request, .survey = &s };
	int r = survey_packages(request, &s);

	if (r < 0)
		return r;
	w.n_owned = s.n;
	r = walk_owned(&w);
	if (r == 0)
		r = walk_borrowed(&w);
	if (r == 0)
		r = walk_unit_own(&w);
	if (r == 0)
		r = walk_named(&w);
	if (r == 0)
		r = walk_scripted(&w);
	if (r < 0)
		return r;
	entries_merge(&s);
	for (size_t i = 0; i < s.n; i++)
		sniff_entry(request, &s.v[i]);
	sniff_companions(&s);
	r = survey_keys(request, &s);
	if (r < 0)
		return r;
	add_parents(&s, request->root_fd);
	mark_secrets(&s, request->root_fd);
	*ret = s;
	s = (struct survey){ 0 };
	return 0;
}

struct entry *survey_find(const struct survey *survey, const char *path)
{
	return entries_find(survey->v, survey->n, path);
}

void survey_done(struct survey *survey)
{
	for (size_t i = 0; i < survey->n; i++)
		entry_done(&survey->v[i]);
	free(survey->v);
	strv_done(&survey->units);
	strv_done(&survey->sysusers);
	strv_done(&survey->lost_keys);
	*survey = (struct survey){ 0 };
}
