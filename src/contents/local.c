/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collects paths until the files among them name no new ones. */
#include "contents/local.h"

#include <fnmatch.h>
#include <string.h>

#include "base/guarded.h"
#include "base/path.h"
#include "contents/path-scan.h"
#include "unit/unit-words.h"

#define LOCAL "/usr/local/"
#define PATHS_MAX 256		/* paths of which the files are read */
#define SCRIPT_MAX (256 * 1024) /* bytes; larger files are not scripts or configuration */

/* The directories that hold something of many programs, as patterns of fnmatch(3): those of hier(7), those in which
 * systemd looks, and those of the modules of programming languages. */
static const char *const shared[] = {
	"bin",
	"etc",
	"games",
	"include",
	"lib",
	"lib*/perl*",
	"lib*/perl*/*",
	"lib*/pkgconfig",
	"lib*/python[23]*",
	"lib*/python[23]*/*-packages",
	"lib/*-linux-gnu*",
	"lib/*-linux-gnu*/perl*",
	"lib/*-linux-gnu*/perl*/*",
	"lib/node_modules",
	"lib/systemd",
	"lib/systemd/*",
	"lib/sysusers.d",
	"lib/tmpfiles.d",
	"lib32",
	"lib64",
	"libexec",
	"man",
	"man/man*",
	"sbin",
	"share",
	"share/ca-certificates",
	"share/dbus-1",
	"share/dbus-1/*",
	"share/doc",
	"share/man",
	"share/man/*",
	"share/perl*",
	"share/perl*/*",
	"src",
};

static bool is_shared(const char *path, size_t len)
{
	_cleanup_(freep) char *dir = xstrndup(path, len);

	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (fnmatch(shared[i], dir, FNM_PATHNAME) == 0)
			return true;
	return false;
}

char *local_place(const char *path)
{
	const char *inner = path + strlen(LOCAL), *end = inner;

	do {
		end += strcspn(end, "/");
		if (!is_shared(inner, (size_t)(end - inner)))
			return xstrndup(path, (size_t)(end - path));
	} while (*end++);
	return NULL;
}

static void add(struct strv *paths, const char *path)
{
	_cleanup_(freep) char *normal = path_normalise(path);

	if (normal && skip_prefix(normal, LOCAL) && paths->n < PATHS_MAX)
		strv_add_once(paths, normal);
}

static void add_all(struct strv *paths, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		add(paths, from->v[i]);
}

/* Finds words like '-/usr/local/x', '--file=/usr/local/x' and 'name:/usr/local/x'. */
static void add_words(struct strv *paths, const char *text)
{
	_cleanup_(strv_done) struct strv words = { 0 };

	strv_split(&words, text, UNIT_SHELL_SEPARATORS "=,:");
	for (size_t i = 0; i < words.n; i++) {
		const char *slash = strchr(words.v[i], '/');

		if (slash)
			add(paths, slash);
	}
}

static void add_unit(struct strv *paths, const struct unit *u)
{
	add(paths, u->fragment);
	add_all(paths, &u->dropins);
	add_all(paths, &u->programs);
	for (size_t i = 0; i < u->ini.n; i++) {
		_cleanup_(freep) char *text = unit_expand(u, u->ini.lines[i].value);

		add_words(paths, text);
	}
}

/* Adds where a path leads through links, and what the file there names, unless users decide that: a link of a user's
 * could lead to any closed directory. */
static void add_next(int root_fd, struct strv *paths, const char *path)
{
	_cleanup_(strv_done) struct strv named = { 0 };
	_cleanup_(freep) char *real = NULL, *text = NULL;
	size_t size;

	if (guarded_realpath(root_fd, path, &real) < 0)
		return;
	add(paths, real);
	if (guarded_read(root_fd, real, SCRIPT_MAX, &text, &size) < 0 || strlen(text) != size)
		return;
	path_scan(text, paths_local, &named);
	add_all(paths, &named);
}

void local_find(int root_fd, const struct unit *units, size_t n, struct strv *paths)
{
	_cleanup_(strv_done) struct strv all = { 0 };

	for (size_t i = 0; i < n; i++)
		add_unit(&all, &units[i]);
	add_all(&all, paths);
	for (size_t i = 0; i < all.n; i++) { /* the list grows meanwhile */
		_cleanup_(freep) char *path = xstrdup(all.v[i]);

		add_next(root_fd, &all, path);
	}
	strv_clear(paths);
	for (size_t i = 0; i < all.n; i++) {
		char *place = local_place(all.v[i]);

		if (place)
			strv_take(paths, place);
	}
	strv_sort_unique(paths);
}
