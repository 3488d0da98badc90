/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both backends share: which paths matter, the choice of a backend, and the closure of a package's
 * requirements. */
#include "package/pkg.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/text.h"

static const struct pkg_backend *const backends[] = { &pkg_dpkg, &pkg_rpm };

void pkg_files_done(struct pkg_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->v[i].path);
	free(files->v);
	*files = (struct pkg_files){ 0 };
}

void pkg_script_done(struct pkg_script *script)
{
	free(script->text);
	strv_done(&script->environment);
	free(script->config);
	free(script->templates);
	free(script->answers);
	*script = (struct pkg_script){ 0 };
}

/* --- paths ----------------------------------------------------------------------------------------------- */

bool pkg_path_matters(const char *path)
{
	static const char *const folders[] = {
		"/etc",
		"/var",
		"/usr/lib/systemd/system",
		"/usr/lib/systemd/system-generators",
		"/usr/lib/systemd/system-environment-generators",
		"/usr/lib/sysusers.d",
		"/usr/lib/tmpfiles.d",
		"/usr/share/dbus-1/system.d",
	};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (path_within(path, folders[i]))
			return true;
	return false;
}

bool pkg_path_is_program(const char *path)
{
	static const char *const folders[] = { "/usr/bin/", "/usr/sbin/", "/usr/libexec/", "/usr/lib/systemd/" };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (skip_prefix(path, folders[i]))
			return true;
	return false;
}

/* --- the choice of a backend ----------------------------------------------------------------------------- */

static int open_named(const char *root, int root_fd, const char *manager, const struct pkg_backend **ret_backend,
		      struct pkg_db **ret_db)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		if (strcmp(backends[i]->name, manager) != 0)
			continue;
		*ret_backend = backends[i];
		return backends[i]->open(root, root_fd, ret_db);
	}
	return log_error_errno(-EINVAL, "Unknown package manager '%s'; use 'rpm' or 'dpkg'.", manager);
}

/* 1, 0 or -errno. */
static int owns(const struct pkg_backend *backend, struct pkg_db *db, const char *path)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	int r = path ? backend->owners(db, path, &owners) : 0;

	return r < 0 ? r : owners.n > 0;
}

/* If a root has both databases, one of them exists only because the other package manager was installed as a tool. The
 * unit may be the administrator's own, and so in neither; then the one that has the system's init is the right one. */
static int open_owner(const char *root, int root_fd, const char *path, const struct pkg_backend **ret_backend,
		      struct pkg_db **ret_db)
{
	const char *const witnesses[] = { path, "/usr/lib/systemd/systemd" };

	for (size_t w = 0; w < ARRAY_SIZE(witnesses); w++) {
		for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
			struct pkg_db *db;
			int r = backends[i]->open(root, root_fd, &db);

			if (r < 0)
				return r;
			r = owns(backends[i], db, witnesses[w]);
			if (r > 0) {
				*ret_backend = backends[i];
				*ret_db = db;
				return 0;
			}
			backends[i]->close(db);
			if (r < 0)
				return r;
		}
	}
	return log_error_errno(-ENOENT,
			       "'%s' has databases of both rpm and dpkg, and neither knows the service; choose one "
			       "with --package-manager.",
			       root);
}

int pkg_open(const char *root, int root_fd, const char *manager, const char *path,
	     const struct pkg_backend **ret_backend, struct pkg_db **ret_db)
{
	const struct pkg_backend *found = NULL;

	if (manager)
		return open_named(root, root_fd, manager, ret_backend, ret_db);
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
		if (!backends[i]->present(root_fd))
			continue;
		if (found)
			return open_owner(root, root_fd, path, ret_backend, ret_db);
		found = backends[i];
	}
	if (!found)
		return log_error_errno(-ENOENT, "There is no rpm or dpkg database below '%s'.", root);
	return open_named(root, root_fd, found->name, ret_backend, ret_db);
}

/* --- closure --------------------------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void forget(void *id)
{
	(void)id; /* the vector owns it */
}

/* Appends those of 'more' that are not in 'seen' to 'ids'. */
static void add_unseen(struct strv *ids, struct strv *more, void **seen)
{
	for (size_t i = 0; i < more->n; i++) {
		if (tfind(more->v[i], seen, compare_ids)) {
			free(more->v[i]);
			continue;
		}
		strv_take(ids, more->v[i]);
		if (!tsearch(more->v[i], seen, compare_ids))
			abort();
	}
	more->n = 0;
}

int pkg_closure(const struct pkg_backend *backend, struct pkg_db *db, struct strv *ids)
{
	_cleanup_(strv_done) struct strv todo = *ids;
	void *seen = NULL;
	int r = 0;

	*ids = (struct strv){ 0 };
	add_unseen(ids, &todo, &seen);
	for (size_t i = 0; r >= 0 && i < ids->n; i++) {
		r = backend->requires(db, ids->v[i], false, &todo);
		add_unseen(ids, &todo, &seen);
	}
	tdestroy(seen, forget);
	strv_sort_unique(ids);
	return r < 0 ? r : 0;
}
