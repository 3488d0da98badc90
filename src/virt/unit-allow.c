/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of units that may run in a container. Searching the package database takes long compared with a start, so
 * the list is kept in ALLOW_DIR with a stamp: the program and the container it was made for, the units and packages
 * that the container had, and when each of the directories last changed. Every installation, upgrade or removal of a
 * package with such files changes one of them. */
#include "virt/unit-allow.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "container/paths.h"
#include "package/pkg.h"
#include "unit/unit-load.h"
#include "unit/unit-name.h"
#include "unit/unit-unfit.h"

#define CACHE_MAX (4 * 1024 * 1024)

static const struct {
	const char *path;
	bool units;
} directories[] = {
	{ "/usr/lib/systemd/system", true },
	{ "/usr/local/lib/systemd/system", true },
	{ "/usr/lib/systemd/system-generators", false },
	{ "/usr/lib/systemd/system-environment-generators", false },
	{ "/usr/lib/sysusers.d", false },
	{ "/usr/lib/tmpfiles.d", false },
};

static bool in_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_(freep) char *dir = slash ? xstrndup(path, (size_t)(slash - path)) : NULL;

	for (size_t i = 0; dir && i < ARRAY_SIZE(directories); i++)
		if (strcmp(dir, directories[i].path) == 0)
			return !unit_unfit(slash + 1);
	return false;
}

static int add_package(const struct pkg_backend *backend, struct pkg_db *db, const struct record *record,
		       const char *package, struct strv *allow)
{
	_cleanup_(pkg_files_done) struct pkg_files files = { 0 };
	_cleanup_(freep) char *id = NULL;
	int r = backend->find(db, package, &id);

	if (r == -ENOENT) {
		log_warn("Container '%s' uses package '%s', which is no longer installed on the host.", record->name,
			 package);
		return 0;
	}
	if (r == 0)
		r = backend->files(db, id, &files);
	for (size_t i = 0; r == 0 && i < files.n; i++)
		if (in_directory(files.v[i].path))
			strv_add(allow, files.v[i].path);
	return r;
}

/* Adds the container's own units, wherever they are. */
static void add_units(const struct record *record, const char *dir, struct strv *allow)
{
	for (size_t i = 0; i < record->units.n; i++) {
		_cleanup_(freep) char *template = unit_name_template(record->units.v[i]);

		strv_addf(allow, "%s/%s", dir, record->units.v[i]);
		if (template)
			strv_addf(allow, "%s/%s", dir, template);
	}
}

/* Adds other names of allowed units, which are links and need not be in a package. */
static int add_aliases(int root_fd, const char *dir, struct strv *allow)
{
	_cleanup_(strv_done) struct strv names = { 0 }, found = { 0 };
	int r = rootfd_list(root_fd, dir, WALK_ROOT, &names);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir, names.v[i]);
		_cleanup_(freep) char *target = NULL, *unit = NULL;

		if (unit_unfit(names.v[i]) || rootfd_readlink(root_fd, path, WALK_ROOT, &target) < 0)
			continue;
		unit = xasprintf("%s/%s", dir, strrchr(target, '/') ? strrchr(target, '/') + 1 : target);
		if (strv_find(allow, unit))
			strv_take(&found, steal_ptr(path));
	}
	strv_add_all(allow, &found);
	strv_sort_unique(allow);
	return 0;
}

static int compute(const struct context *context, const struct record *record, struct strv *ret)
{
	const struct pkg_backend *backend = NULL;
	struct pkg_db *db;
	int r = pkg_open(context->root, context->root_fd, record->package_manager, directories[0].path, &backend, &db);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < record->packages.n; i++)
		r = add_package(backend, db, record, record->packages.v[i], ret);
	backend->close(db);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (directories[i].units)
			add_units(record, directories[i].path, ret);
	strv_sort_unique(ret);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(directories); i++)
		if (directories[i].units) {
			r = add_aliases(context->root_fd, directories[i].path, ret);
			if (r < 0)
				log_error_errno(r, "Cannot read '%s': %m", directories[i].path);
		}
	return r;
}

static char *stamp(int root_fd, const struct record *record)
{
	_cleanup_(freep) char *units = strv_join(&record->units, " ");
	_cleanup_(freep) char *packages = strv_join(&record->packages, " ");
	_cleanup_(buf_done) struct buf b = { 0 };

	buf_addf(&b, "# " PACKAGE_VERSION " %s %s, %s,", record->uuid, units, packages);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		struct stat st = { 0 };

		rootfd_lstat(root_fd, directories[i].path, WALK_ROOT, &st);
		buf_addf(&b, " %" PRId64 ".%09ld", (int64_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	}
	buf_addf(&b, "\n");
	return buf_steal(&b);
}

/* If the list cannot be kept, the next start is slower, but not wrong. */
static void keep(int root_fd, const char *cache, const char *text)
{
	int r = rootfd_mkdir_p(root_fd, ALLOW_DIR);

	if (r == 0)
		r = atomic_file_write(root_fd, cache, 0600, text, true);
	if (r < 0)
		log_warn_errno(r, "Cannot write '%s': %m", cache);
}

static int make(const struct context *context, const struct record *record, const char *cache, const char *first,
		char **ret)
{
	_cleanup_(strv_done) struct strv allow = { 0 };
	_cleanup_(freep) char *lines = NULL;
	int r = compute(context, record, &allow);

	if (r < 0)
		return r;
	lines = strv_join(&allow, "\n");
	*ret = xasprintf("%s%s\n", first, lines);
	keep(context->root_fd, cache, *ret);
	return 0;
}

int unit_allow_write(const struct context *context, const struct record *record, const char *path)
{
	_cleanup_(freep) char *cache = allow_path(record->name);
	_cleanup_(freep) char *first = stamp(context->root_fd, record);
	_cleanup_(freep) char *text = NULL;
	int r = rootfd_read(context->root_fd, cache, WALK_ROOT, CACHE_MAX, &text, NULL);

	if (r < 0 || !skip_prefix(text, first)) {
		freep(&text);
		text = NULL;
		r = make(context, record, cache, first, &text);
		if (r < 0)
			return r;
	}
	r = atomic_file_write(context->root_fd, path, 0644, text, true);
	return r < 0 ? log_error_errno(r, "Cannot write '%s': %m", path) : 0;
}
