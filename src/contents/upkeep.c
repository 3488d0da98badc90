/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Some packages do something for all others at regular times, as whatever rotates logs does: each package puts a file
 * into a directory for it, and requires nothing. Such a directory is found by what the host says: an enabled timer
 * starts a service of type 'oneshot'; the service's command line or its configuration names the directory; and the
 * package of the timer owns it. A directory that merely several packages use, as those for cron are, is none of these:
 * what runs there is not the business of one service. */
#include "contents/upkeep.h"

#include <string.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "contents/path-scan.h"
#include "contents/related-units.h"
#include "unit/unit-load.h"
#include "unit/unit-unfit.h"

#define FILE_MAX (64 * 1024) /* bytes; a longer file is data, not the configuration that names a directory */

struct upkeep {
	int root_fd;
	const struct unit_search *map;
	struct gathered *g;
};

static bool is_in_any(const struct strv *ids, const struct strv *list)
{
	for (size_t i = 0; i < ids->n; i++)
		if (strv_find(list, ids->v[i]))
			return true;
	return false;
}

/* Loads the unit, a timer or what one starts, if it can run in a container. */
static bool load(const struct upkeep *k, const char *name, struct unit *ret)
{
	_cleanup_(freep) char *message = NULL;

	return !unit_unfit(name) && unit_load_from(k->map, k->root_fd, name, NULL, ret, &message) == UNIT_OK;
}

/* Appends the paths that the service's command lines and settings name, and those that these files name. */
static void find_places(const struct upkeep *k, const struct unit *service, struct strv *ret)
{
	for (size_t i = 0; i < service->files.n; i++) {
		_cleanup_(freep) char *text = NULL;

		if (!skip_prefix(service->files.v[i], "/etc/"))
			continue;
		strv_add(ret, service->files.v[i]);
		if (guarded_read(k->root_fd, service->files.v[i], FILE_MAX, &text, NULL) == 0)
			path_scan(text, paths_own, ret);
	}
	strv_sort_unique(ret);
}

/* Whether one of the packages 'owners' owns the directory, and a file in it is the service's, by its packages or by its
 * name, which is then stored. 1, 0, or -errno after a message. */
static int has_file_of_service(const struct upkeep *k, const char *dir, const struct strv *owners, char **ret)
{
	_cleanup_(strv_done) struct strv names = { 0 }, owners_of_dir = { 0 };
	int r = 0;

	if (!skip_prefix(dir, "/etc/") || rootfd_list(k->root_fd, dir, WALK_ROOT, &names) < 0)
		return 0;
	r = k->g->backend->owners(k->g->db, dir, &owners_of_dir);
	strv_sort_unique(&owners_of_dir);
	if (r < 0 || !is_in_any(owners, &owners_of_dir))
		return r;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir, names.v[i]);
		_cleanup_(strv_done) struct strv owners_of_file = { 0 };

		r = k->g->backend->owners(k->g->db, path, &owners_of_file);
		if (r < 0)
			return r;
		if (is_in_any(&owners_of_file, &k->g->roots) || strv_has(&k->g->named, path)) {
			*ret = steal_ptr(path);
			return 1;
		}
	}
	return 0;
}

/* Adds the packages of the timer to 'ret' if it looks after a file of the service. 0, or -errno after a message. */
static int consider(const struct upkeep *k, const char *name, struct strv *ret)
{
	_cleanup_(unit_done) struct unit timer = { 0 }, service = { 0 };
	_cleanup_(strv_done) struct strv owners = { 0 }, places = { 0 };
	_cleanup_(freep) char *packaged = NULL;
	_cleanup_(freep) char *started = NULL;
	const char *type;
	int r;

	if (!has_suffix(name, ".timer") || !load(k, name, &timer))
		return 0;
	packaged = xasprintf("/usr/lib/systemd/system%s", strrchr(timer.fragment, '/'));
	r = k->g->backend->owners(k->g->db, packaged, &owners);
	if (r < 0 || owners.n == 0 || is_in_any(&owners, &k->g->closure))
		return r; /* the timers of the closure are enabled anyway */
	started = related_units_triggered(&timer);
	if (!started || !load(k, started, &service))
		return 0;
	type = unit_get(&service, "Type");
	if (!type || strcmp(type, "oneshot") != 0)
		return 0;
	find_places(k, &service, &places);
	for (size_t i = 0; i < places.n; i++) {
		_cleanup_(freep) char *path = NULL;

		r = has_file_of_service(k, places.v[i], &owners, &path);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		log_info("Package '%s' is needed, because its timer '%s' looks after what '%s' says.", owners.v[0],
			 timer.id, path);
		strv_add_all(ret, &owners);
		return 0;
	}
	return 0;
}

int upkeep_find(const struct create_spec *spec, const struct unit_search *map, struct gathered *g)
{
	const struct upkeep k = { spec->context->root_fd, map, g };
	_cleanup_(strv_done) struct strv found = { 0 };
	int r = 0;

	for (size_t i = 0; i < g->enabled.n && r == 0; i++)
		r = consider(&k, g->enabled.v[i], &found);
	if (r < 0 || found.n == 0)
		return r;
	strv_add_all(&g->closure, &found);
	return pkg_closure(g->backend, g->db, &g->closure);
}
