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

/* Whether the end of the package's name is that of a directory in the path, as '15' in 'postgresql-15' is. */
static bool is_named_after(const char *package, const char *path)
{
	const char *end = strpbrk(package, ":.");
	_cleanup_(freep) char *name = xstrndup(package, end ? (size_t)(end - package) : strlen(package));
	_cleanup_(strv_done) struct strv parts = { 0 };
	bool found = false;

	strv_split(&parts, path, "/");
	for (size_t i = 0; i < parts.n && !found; i++) {
		_cleanup_(freep) char *suffix = xasprintf("-%s", parts.v[i]);

		found = has_suffix(name, suffix);
	}
	return found;
}

/* The roots whose files, '/usr/share/ROOT/FILE' and the like, the script uses. */
static void find_used(const struct gathered *g, const char *script, struct strv *ret)
{
	static const char *const tops[] = { "/usr/share/", "/usr/lib/", "/usr/libexec/", NULL };
	_cleanup_(strv_done) struct strv used = { 0 };

	path_scan(script, tops, &used);
	for (size_t i = 0; i < used.n; i++) {
		const char *name = strchr(used.v[i] + strlen("/usr/"), '/') + 1;
		_cleanup_(freep) char *root = xstrndup(name, strcspn(name, "/"));

		if (strv_find(&g->roots, root))
			strv_add_once(ret, root);
	}
}

/* Stores the places with data that the script of a root may have made. 0, or -errno after a message. */
static int find_made(const struct gathered *g, const char *package, const char *script, struct strv *ret)
{
	_cleanup_(strv_done) struct strv named = { 0 };

	if (script)
		path_scan(script, paths_own, &named);
	for (size_t i = 0; i < g->left_data.n; i++) {
		int r = may_make(&named, g->left_data.v[i]) ? 1 : owns(g, package, g->left_data.v[i]);

		if (r < 0)
			return r;
		if (r > 0)
			strv_add(ret, g->left_data.v[i]);
	}
	return 0;
}

/* The same for a package that is not a root, but one of several that make data for a root, by means of this one's
 * files: such as a version of a database, which is in the name of the package and of its data. */
static int find_made_for_root(const struct gathered *g, const char *package, const char *script, struct strv *ret)
{
	_cleanup_(strv_done) struct strv roots = { 0 };

	if (script)
		find_used(g, script, &roots);
	for (size_t i = 0; i < g->left_data.n; i++) {
		int r = 0;

		for (size_t k = 0; k < roots.n && r == 0 && is_named_after(package, g->left_data.v[i]); k++)
			r = owns(g, roots.v[k], g->left_data.v[i]);
		if (r < 0)
			return r;
		if (r > 0)
			strv_add(ret, g->left_data.v[i]);
	}
	return 0;
}

/* Adds the package's script if it is needed. */
static int consider(struct gathered *g, const char *package)
{
	struct script s = { .package = package };
	int r = g->backend->script(g->db, package, &s.script);

	if (r > 0)
		r = strv_find(&g->roots, package) ? find_made(g, package, s.script.text, &s.data)
						  : find_made_for_root(g, package, s.script.text, &s.data);
	if (r == 0 && s.data.n > 0 && !s.script.unfit) {
		log_info("The installation script of package '%s' runs in the container, because the data stays on the "
			 "host.",
			 package);
		grow(g->scripts, g->n_scripts);
		g->scripts[g->n_scripts++] = s;
		return 0;
	}
	if (r == 0 && s.data.n > 0)
		log_warn("The installation script of package '%s' may have made data in '%s', and cannot do so in the "
			 "container, because %s; '-C' copies the data.",
			 package, s.data.v[0], s.script.unfit);
	pkg_script_done(&s.script);
	strv_done(&s.data);
	return r;
}

/* Finds the packages whose scripts are to be considered: the roots, and what requires one of them and may make data for
 * it. 0, or -errno after a message. */
static int find_packages(const struct gathered *g, struct strv *ret)
{
	strv_add_all(ret, &g->roots);
	for (size_t i = 0; i < g->roots.n; i++) {
		_cleanup_(strv_done) struct strv others = { 0 };
		int r = g->backend->requirers(g->db, g->roots.v[i], &others);

		if (r < 0)
			return r;
		for (size_t k = 0; k < others.n; k++)
			for (size_t d = 0; d < g->left_data.n; d++)
				if (is_named_after(others.v[k], g->left_data.v[d]))
					strv_add(ret, others.v[k]);
	}
	strv_sort_unique(ret);
	return 0;
}

/* Finds the configuration that no package brought, in directories of the service. A script that finds it concludes that
 * it has run before, or fails. */
static void find_generated(struct gathered *g)
{
	static const unsigned int own = CLAIM_ROOT | CLAIM_UNIT_DIR | CLAIM_NAMED | CLAIM_SCRIPT;
	const struct rule_context rules = gathered_rules(g, false);

	for (size_t i = 0; i < g->files.entries.n; i++) {
		const struct entry *e = &g->files.entries.v[i];
		_cleanup_(freep) char *dir = path_parent(e->path);
		struct verdict verdict;

		if (!path_within(dir, "/etc") || e->package || !(e->claims & own) || rules_is_common(dir) ||
		    strchr(e->path, '\n') || path_within_any(e->path, &g->generated))
			continue;
		verdict = rules_decide(e, &rules);
		if (verdict.action == ACTION_TAKE || verdict.inside) /* or the container makes it, such as a key */
			strv_add(&g->generated, e->path);
	}
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
	int r = spec->no_scripts || g->left_data.n == 0 ? 0 : find_packages(g, &g->makers);

	for (size_t i = 0; i < g->makers.n && r == 0; i++)
		if (!strv_find(&g->base, g->makers.v[i]) && fits_unit(g->makers.v[i]))
			r = consider(g, g->makers.v[i]);
	if (r < 0)
		return r;
	if (g->n_scripts > 0)
		find_generated(g);
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
