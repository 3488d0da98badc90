/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drop-in files of a unit. Of several files with the same name, only the first counts, in this order: for each name
 * of the unit, for each directory of the search path, the most specific drop-in directory first. Those for all units of
 * its type come last. */
#include "unit/unit-dropins.h"

#include <errno.h>
#include <string.h>

#include "base/rootfd.h"
#include "unit/unit-name.h"
#include "unit/unit-search.h"

/* Cuts 'prefix' after the last dash that is not at its end: 'foo-bar' and 'foo-bar-' to 'foo-'. */
static bool shorten(char *prefix)
{
	size_t n = strlen(prefix);

	if (n > 0 && prefix[n - 1] == '-')
		n--;
	while (n > 0 && prefix[n - 1] != '-')
		n--;
	prefix[n] = '\0';
	return n > 1;
}

/* Appends the names whose '.d' directories apply to 'name', the most specific first. */
static void add_levels(const char *name, struct strv *ret)
{
	_cleanup_(unit_name_done) struct unit_name parts = { 0 };
	_cleanup_(freep) char *plain = NULL;
	enum unit_name_kind kind = unit_name_parse(name, &parts);

	strv_add(ret, name);
	if (kind == UNIT_NAME_INSTANCE)
		strv_addf(ret, "%s@%s", parts.prefix, parts.type);
	plain = xstrdup(parts.prefix);
	while (shorten(plain))
		strv_addf(ret, "%s%s", plain, parts.type);
	if (kind != UNIT_NAME_INSTANCE)
		return;
	while (shorten(parts.prefix)) {
		strv_addf(ret, "%s@%s%s", parts.prefix, parts.instance, parts.type);
		strv_addf(ret, "%s@%s", parts.prefix, parts.type);
	}
}

/* A drop-in: 'name' points into 'path'. */
struct dropin {
	char *path;
	const char *name;
	size_t order;
};

struct dropins {
	struct dropin *v;
	size_t n;
};

static void dropins_done(struct dropins *dropins)
{
	for (size_t i = 0; i < dropins->n; i++)
		free(dropins->v[i].path);
	free(dropins->v);
}

static int list_dropins(const struct unit_search *map, int root_fd, size_t dir, const char *level, struct dropins *ret,
			char **ret_path)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s.d", unit_search_path[dir], level);
	_cleanup_(strv_done) struct strv files = { 0 };
	int r;

	if (!unit_search_lists(map, dir, strrchr(path, '/') + 1))
		return 0;
	r = rootfd_list(root_fd, path, WALK_ROOT, &files);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0) {
		*ret_path = steal_ptr(path);
		return r;
	}
	for (size_t i = 0; i < files.n; i++) {
		char *file;

		if (*files.v[i] == '.' || !has_suffix(files.v[i], ".conf"))
			continue;
		file = xasprintf("%s/%s", path, files.v[i]);
		grow(ret->v, ret->n);
		ret->v[ret->n] = (struct dropin){ file, strrchr(file, '/') + 1, ret->n };
		ret->n++;
	}
	return 0;
}

static int compare_dropins(const void *a, const void *b)
{
	const struct dropin *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x->order > y->order) - (x->order < y->order);
}

static int list_levels(const struct unit_search *map, int root_fd, const struct strv *levels, struct dropins *ret,
		       char **ret_path)
{
	for (size_t dir = 0; unit_search_path[dir]; dir++) {
		for (size_t i = 0; i < levels->n; i++) {
			int r = list_dropins(map, root_fd, dir, levels->v[i], ret, ret_path);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

int unit_dropins(const struct unit_search *map, int root_fd, const struct strv *names, struct strv *ret,
		 char **ret_path)
{
	_cleanup_(dropins_done) struct dropins all = { 0 };
	_cleanup_(strv_done) struct strv type = { 0 };
	int r = 0;

	for (size_t i = 0; i < names->n && r >= 0; i++) {
		_cleanup_(strv_done) struct strv levels = { 0 };

		add_levels(names->v[i], &levels);
		r = list_levels(map, root_fd, &levels, &all, ret_path);
	}
	strv_add(&type, strrchr(names->v[0], '.') + 1);
	if (r >= 0)
		r = list_levels(map, root_fd, &type, &all, ret_path);
	if (r < 0)
		return r;
	if (all.n > 0)
		qsort(all.v, all.n, sizeof(*all.v), compare_dropins);
	for (size_t i = 0; i < all.n; i++)
		if (i == 0 || strcmp(all.v[i - 1].name, all.v[i].name) != 0)
			strv_add(ret, all.v[i].path);
	return 0;
}
