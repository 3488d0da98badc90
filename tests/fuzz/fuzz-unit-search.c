/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The search path of units: lines 'NAME' for a file and 'NAME TARGET' for a link in one of its directories, of which
 * the first letter says which. */
#include "fuzz.h"

#include <errno.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "unit/unit-search.h"
#include "unit/unit-name.h"

#define FILES_MAX 24

static const char *const dirs[] = { "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system" };

/* No file through a link that was made before. */
static void make(const char *line, struct strv *paths, struct strv *names)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	const char *dir = dirs[(unsigned char)*line % ARRAY_SIZE(dirs)];
	_cleanup_(freep) char *path = NULL;

	strv_split(&words, *line ? line + 1 : "", " ");
	if (words.n == 0 || strchr(words.v[0], '/') || strlen(words.v[0]) > 255 || *words.v[0] == '.')
		return;
	path = xasprintf("%s/%s", dir, words.v[0]);
	if (strv_has(paths, path))
		return;
	CHECK(rootfd_mkdir_p(fuzz_root(), dir) == 0);
	if (words.n == 1)
		fuzz_write(path, "x", 1);
	else if (symlinkat(words.v[1], fuzz_root(), path + 1) < 0)
		return;
	strv_add(names, words.v[0]);
	strv_take(paths, steal_ptr(path));
}

static void check_name(const struct unit_search *map, const char *name)
{
	_cleanup_(freep) char *id = NULL, *path = NULL;
	_cleanup_(strv_done) struct strv aliases = { 0 };
	int r = unit_search_find(map, name, &id, &path);

	CHECK(r == 0 || r == -ENOENT || r == -ENXIO || r == -ELOOP);
	if (r != 0)
		return;
	CHECK(unit_name_kind(id) != UNIT_NAME_INVALID && *path == '/');
	unit_search_aliases(map, id, path, &aliases);
	for (size_t i = 0; i < aliases.n; i++)
		CHECK(unit_name_kind(aliases.v[i]) != UNIT_NAME_INVALID);
	unit_path_is_mask(fuzz_root(), path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(strv_done) struct strv paths = { 0 }, names = { 0 };
	_cleanup_(unit_search_freep) struct unit_search *map = NULL;
	const char *bad;

	while (input.n > 0 && paths.n < FILES_MAX) {
		_cleanup_(freep) char *line = fuzz_line(&input);

		make(line, &paths, &names);
	}
	if (unit_search_read(fuzz_root(), &map, &bad) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (unit_name_kind(names.v[i]) & (UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
				check_name(map, names.v[i]);
	for (size_t i = 0; i < paths.n; i++)
		fuzz_unlink(paths.v[i]);
	return 0;
}
