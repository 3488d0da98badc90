/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The [Install] section of a unit, which 'systemctl enable' reads. */
#include "unit/unit-install.h"

#include <errno.h>

#include "base/rootfd.h"
#include "unit/unit-search.h"
#include "unit/unit-name.h"

#define MAX_SIZE (1024 * 1024)

void unit_add_words(const struct unit *unit, const char *section, const char *key, bool (*valid)(const char *),
		    struct strv *ret)
{
	_cleanup_(strv_done) struct strv lines = { 0 }, words = { 0 };

	ini_get_list(&unit->ini, section, key, &lines);
	for (size_t i = 0; i < lines.n; i++)
		strv_split(&words, lines.v[i], " \t");
	for (size_t i = 0; i < words.n; i++) {
		_cleanup_(freep) char *word = unit_expand(unit, words.v[i]);

		if (valid(word))
			strv_take(ret, steal_ptr(word));
	}
	strv_sort_unique(ret);
}

static bool is_unit(const char *s)
{
	return unit_name_kind(s) != UNIT_NAME_INVALID;
}

void unit_read_install(struct unit *unit)
{
	unit_add_words(unit, "Install", "Also", is_unit, &unit->also);
	unit_add_words(unit, "Install", "WantedBy", is_unit, &unit->wanted_by);
	unit_add_words(unit, "Install", "UpheldBy", is_unit, &unit->wanted_by);
	unit_add_words(unit, "Install", "RequiredBy", is_unit, &unit->required_by);
	unit_add_words(unit, "Install", "Alias", is_unit, &unit->aliases);
}

/* Returns -ENOENT if 'dir' has no file of that name; then the next directory counts. */
static int load_file(int root_fd, const char *dir, const char *file, const char *name, struct unit *ret)
{
	_cleanup_(unit_done) struct unit unit = { .id = xstrdup(name), .fragment = xasprintf("%s/%s", dir, file) };
	_cleanup_(freep) char *text = NULL;
	size_t size;
	int r = rootfd_read(root_fd, unit.fragment, WALK_ROOT, MAX_SIZE, &text, &size);

	if (r == 0)
		r = ini_parse(text, size, &unit.ini, NULL);
	if (r < 0)
		return r;
	unit_read_install(&unit);
	*ret = unit;
	unit = (struct unit){ 0 };
	return 0;
}

int unit_load_install(int root_fd, const char *name, struct unit *ret)
{
	_cleanup_(freep) char *template = unit_name_template(name);
	const char *const files[] = { name, template };
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(files) && files[i] && r == -ENOENT; i++) {
		for (const char *const *dir = unit_search_path; *dir && r == -ENOENT; dir++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", *dir, files[i]);

			if (unit_path_is_mask(root_fd, path))
				return -ENOENT;
			r = load_file(root_fd, *dir, files[i], name, ret);
		}
	}
	return r;
}
