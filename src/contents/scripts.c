/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chooses installation scripts: those of the service's own packages that may have made data that stays on the host. A
 * script says so by naming the place, or its package by owning it. Packages that every container has are set up by
 * systemd, as on a host whose /etc and /var are empty. */
#include "contents/scripts.h"

#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "contents/path-scan.h"
#include "contents/rules.h"

/* Whether a script that names these paths may have made the data at 'path': it names that, something in it, or a
 * directory above it that not all packages use. */
static bool may_make(const struct strv *named, const char *path)
{
	for (size_t i = 0; i < named->n; i++)
		if (path_within(named->v[i], path) || (path_within(path, named->v[i]) && !rules_is_common(named->v[i])))
			return true;
	return false;
}

/* Whether the package owns the path or the nearest directory above it that has an owner. 1, 0, or -errno after a
 * message. */
static int owns(const struct gathered *g, const char *package, const char *path)
{
	_cleanup_(freep) char *at = xstrdup(path);
	_cleanup_(strv_done) struct strv owners = { 0 };

	while (*at && owners.n == 0 && !rules_is_common(at)) {
		int r = g->backend->owners(g->db, at, &owners);

		if (r < 0)
			return r;
		*strrchr(at, '/') = '\0';
	}
	return strv_has(&owners, package);
}

/* Whether a unit can name the files of the package's script. */
static bool fits_unit(const char *package)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+~^:-";

	return *package != '-' && !package[strspn(package, plain)];
}

/* Adds the package's script if it is needed. */
static int consider(struct gathered *g, const char *package)
{
	_cleanup_(strv_done) struct strv named = { 0 };
	struct pkg_script script = { 0 };
	int r = g->backend->script(g->db, package, &script), needed = 0;

	if (r > 0)
		path_scan(script.text, paths_own, &named);
	for (size_t i = 0; i < g->left_data.n && r > 0 && !needed; i++)
		needed = may_make(&named, g->left_data.v[i]) ? 1 : owns(g, package, g->left_data.v[i]);
	if (r <= 0 || needed <= 0) {
		pkg_script_done(&script);
		return r < 0 ? r : needed;
	}
	log_info("The installation script of package '%s' runs in the container, because the data stays on the host.",
		 package);
	grow(g->scripts, g->n_scripts);
	g->scripts[g->n_scripts++] = (struct script){ package, script };
	return 0;
}

/* The index of the first script from 'from' on whose package requires none of the others there; or 'from' if they
 * require each other. Negative after a message. */
static int find_next(const struct gathered *g, size_t from)
{
	for (size_t i = from; i < g->n_scripts; i++) {
		_cleanup_(strv_done) struct strv required = { 0 };
		int r = g->backend->requires(g->db, g->scripts[i].package, false, &required);
		bool waits = false;

		if (r < 0)
			return r;
		for (size_t k = from; k < g->n_scripts; k++)
			waits |= k != i && strv_has(&required, g->scripts[k].package);
		if (!waits)
			return (int)i;
	}
	return (int)from;
}

int scripts_find(const struct create_spec *spec, struct gathered *g)
{
	for (size_t i = 0; i < g->roots.n && g->left_data.n > 0 && !spec->no_scripts; i++) {
		const char *package = g->roots.v[i];
		int r = strv_find(&g->base, package) || !fits_unit(package) ? 0 : consider(g, package);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i + 1 < g->n_scripts; i++) {
		int next = find_next(g, i);
		struct script first;

		if (next < 0)
			return next;
		first = g->scripts[next];
		memmove(&g->scripts[i + 1], &g->scripts[i], ((size_t)next - i) * sizeof(first));
		g->scripts[i] = first;
	}
	return 0;
}
