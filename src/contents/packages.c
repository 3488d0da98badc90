/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the packages that a container has, by asking the package database which ones own the units and the programs
 * that they run, and what these require. */
#include "contents/packages.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/rootfd.h"

/* Every container has the packages that own these: systemd, a message bus, and tools that a script may use although its
 * package does not require them. Not every host has all of them. */
static const char *const base_paths[] = {
	"/usr/lib/systemd/systemd",
	"/usr/lib/systemd/system/dbus.socket",
	"/usr/lib/systemd/system/dbus.service",
	"/usr/lib/systemd/system/dbus-broker.service",
	"/usr/bin/dbus-daemon",
	"/usr/bin/sh",
	"/usr/bin/bash",
	"/usr/bin/cat",
	"/usr/bin/diff",
	"/usr/bin/find",
	"/usr/bin/grep",
	"/usr/bin/gzip",
	"/usr/bin/hostname",
	"/usr/bin/login",
	"/usr/bin/sed",
	"/usr/bin/su",
	"/usr/bin/tar",
	"/usr/bin/tput",
	"/usr/sbin/ldconfig",
	"/etc/terminfo",
};

static int open_packages(const struct create_spec *spec, struct gathered *g)
{
	const char *path = g->units[0].source ? g->units[0].source : g->units[0].fragment;

	return pkg_open(spec->context->root, spec->context->root_fd, spec->package_manager, path, &g->backend, &g->db);
}

/* The packages that own the unit's file; for a unit that the administrator wrote, those that own the packaged unit of
 * the same name. */
static int unit_owners(struct gathered *g, const struct unit *u, struct strv *ret)
{
	_cleanup_(freep) char *packaged = xasprintf("/usr/lib/systemd/system%s", strrchr(u->fragment, '/'));
	const char *const places[] = { u->source ? u->source : u->fragment, u->file, packaged };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0 && ret->n == 0; i++)
		if (places[i])
			r = g->backend->owners(g->db, places[i], ret);
	return r;
}

static int owners_of_all(struct gathered *g, const struct strv *paths, struct strv *ret)
{
	int r = 0;

	for (size_t i = 0; i < paths->n && r == 0; i++)
		r = g->backend->owners(g->db, paths->v[i], ret);
	return r;
}

/* The packages that add a drop-in to the unit, often so that it wants a unit of theirs. */
static int dropin_owners(struct gathered *g, const struct unit *u, struct strv *ret)
{
	int r = 0;

	for (size_t i = 0; i < u->dropins.n && r == 0; i++)
		if (skip_prefix(u->dropins.v[i], "/usr/"))
			r = g->backend->owners(g->db, u->dropins.v[i], ret);
	return r;
}

static int no_package(const struct create_spec *spec, const struct unit *u)
{
	if (spec->existing)
		return log_error_errno(
			-ENOENT,
			"Container '%s' runs unit '%s', whose packages are not installed on this host any "
			"more; install them again.",
			spec->name, u->id);
	return log_error_errno(-ENOENT,
			       "No package owns unit '%s' or anything it runs, so nothing says what it needs; name the "
			       "packages with --package.",
			       u->id);
}

/* Adds roots. Adds to 'heads' the packages that own the unit, or its programs if no package owns it: the owner of a
 * tool that the unit runs, such as kill(1), is not the service's. Adds to 'more' what else the unit needs: the
 * interpreters of its scripts, the packages of its drop-ins, and what its own packages recommend. A service that no
 * package owns is accepted if --package was given. A unit that comes along from a package that every container has is
 * part of the system. */
static int find_roots_of(const struct create_spec *spec, struct gathered *g, const struct unit *u, struct strv *more,
			 struct strv *heads)
{
	_cleanup_(strv_done) struct strv own = { 0 }, programs = { 0 };
	int r = unit_owners(g, u, &own);

	if (r == 0)
		r = owners_of_all(g, &u->programs, &programs);
	if (r == 0)
		r = owners_of_all(g, &u->interpreters, more);
	if (r == 0)
		r = dropin_owners(g, u, more);
	for (size_t k = 0; k < own.n && r == 0; k++)
	r = g->backend->requires(g->db, own.v[k], true, more);
	if (r < 0)
		return r;
	if (own.n == 0 && programs.n == 0 && spec->packages.n == 0 && u->part == UNIT_ASKED &&
	    has_suffix(u->id, ".service"))
		return no_package(spec, u);
	for (size_t k = 0; k < own.n; k++)
		if (u->part == UNIT_ASKED || !strv_find(&g->base, own.v[k]))
			strv_add(&g->roots, own.v[k]);
	for (size_t k = 0; k < programs.n; k++)
		if (!strv_find(&g->base, programs.v[k]))
			strv_add(&g->roots, programs.v[k]);
	strv_add_all(heads, own.n ? &own : &programs);
	return 0;
}

static int find_asked_roots(const struct create_spec *spec, struct gathered *g, struct strv *heads)
{
	for (size_t i = 0; i < spec->packages.n; i++) {
		char *id;
		int r = g->backend->find(g->db, spec->packages.v[i], &id);

		if (r == -ENOENT && spec->existing)
			return log_error_errno(r,
					       "Container '%s' was given package '%s', which is not installed on this "
					       "host any more; install it again.",
					       spec->name, spec->packages.v[i]);
		if (r == -ENOENT)
			return log_error_errno(r, "Package '%s' is not installed on this host.", spec->packages.v[i]);
		if (r < 0)
			return r;
		strv_add(heads, id);
		strv_take(&g->roots, id);
	}
	return 0;
}

/* Finds the DHCP client, which is not in every distribution's systemd package. */
static int find_networkd(const struct create_spec *spec, struct gathered *g)
{
	static const char path[] = "/usr/lib/systemd/systemd-networkd";
	struct stat st;

	if (!nets_dhcp(&spec->nets))
		return 0;
	if (rootfd_lstat(spec->context->root_fd, path, WALK_ROOT, &st) < 0)
		return log_error_errno(-ENOENT,
				       "DHCP in a container needs systemd-networkd, but the host has no '%s'; install "
				       "it, or give the container an address.",
				       path);
	return g->backend->owners(g->db, path, &g->base);
}

/* The package with the configuration that the unit names may require the one with the program, and not the reverse. */
static int add_named(struct gathered *g, const struct strv *sources)
{
	_cleanup_(strv_done) struct strv owners = { 0 }, files = { 0 };
	int r;

	for (size_t i = 0; i < g->n_units; i++)
		for (size_t k = 0; k < g->units[i].files.n; k++)
			if (skip_prefix(g->units[i].files.v[k], "/etc/"))
				strv_add(&files, g->units[i].files.v[k]);
	r = owners_of_all(g, &files, &owners);
	if (r < 0)
		return r;
	for (size_t i = 0; i < owners.n; i++) {
		_cleanup_(freep) char *source = g->backend->source(g->db, owners.v[i]);

		if (strv_find(sources, source))
			strv_add(&g->closure, owners.v[i]);
	}
	return pkg_closure(g->backend, g->db, &g->closure);
}

/* Packages of the closure that were built from the same source as one in 'heads' are roots, too: distributions divide
 * what belongs together, often so that the configuration or the data is in another package than the program. */
static int add_siblings(struct gathered *g, const struct strv *heads)
{
	_cleanup_(strv_done) struct strv sources = { 0 };
	int r;

	for (size_t i = 0; i < heads->n; i++)
		if (!strv_find(&g->base, heads->v[i]))
			strv_take(&sources, g->backend->source(g->db, heads->v[i]));
	strv_sort_unique(&sources);
	r = add_named(g, &sources);
	if (r < 0)
		return r;
	for (size_t i = 0; i < g->closure.n; i++) {
		_cleanup_(freep) char *source = g->backend->source(g->db, g->closure.v[i]);

		if (!strv_find(&g->base, g->closure.v[i]) && strv_find(&sources, source))
			strv_add(&g->roots, g->closure.v[i]);
	}
	strv_sort_unique(&g->roots);
	return 0;
}

static int find_packages(const struct create_spec *spec, struct gathered *g)
{
	_cleanup_(strv_done) struct strv heads = { 0 };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(base_paths) && r == 0; i++)
		r = g->backend->owners(g->db, base_paths[i], &g->base);
	if (r == 0)
		r = find_networkd(spec, g);
	if (r == 0)
		r = pkg_closure(g->backend, g->db, &g->base);
	for (size_t i = 0; i < g->n_units && r == 0; i++)
		r = find_roots_of(spec, g, &g->units[i], &g->closure, &heads);
	if (r == 0)
		r = find_asked_roots(spec, g, &heads);
	if (r < 0)
		return r;
	if (g->roots.n == 0)
		return no_package(spec, &g->units[0]);
	strv_sort_unique(&g->roots);
	strv_add_all(&g->closure, &g->roots);
	strv_add_all(&g->closure, &g->base);
	r = pkg_closure(g->backend, g->db, &g->closure);
	return r < 0 ? r : add_siblings(g, &heads);
}

int packages_find(const struct create_spec *spec, struct gathered *g)
{
	int r = open_packages(spec, g);

	return r < 0 ? r : find_packages(spec, g);
}
