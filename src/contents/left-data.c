/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the service's data that stays on the host without --copy. A directory counts if something in it is not empty.
 * Logs and caches are not missed. */
#include "contents/left-data.h"

#include <fcntl.h>

#include "base/path.h"
#include "base/rootfd.h"

/* Whether a file in the directory, or below it, is not empty. Looks at no more than 'budget' names, and assumes after
 * that that one is. */
static bool has_content(int dir, size_t *budget)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	bool found = rootfd_list(dir, ".", WALK_TREE, &names) == 0 && names.n > *budget;

	*budget -= found ? 0 : names.n;
	for (size_t i = 0; i < names.n && !found; i++) {
		_cleanup_(closep) int fd = rootfd_openat(dir, names.v[i], O_PATH | O_NOFOLLOW, 0, WALK_MOUNT);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0)
			continue;
		found = S_ISDIR(st.st_mode) ? has_content(fd, budget) : S_ISREG(st.st_mode) && st.st_size > 0;
	}
	return found;
}

static bool has_data(int root_fd, const struct entry *e)
{
	_cleanup_(closep) int dir = -1;
	size_t budget = 1000;

	if (entry_is_file(e))
		return e->st.st_size > 0;
	if (!entry_is_directory(e) || !e->has_more)
		return false;
	dir = rootfd_openat(root_fd, e->path, O_PATH | O_DIRECTORY, 0, WALK_ROOT); /* it may have been a link */
	return dir >= 0 && has_content(dir, &budget);
}

bool path_is_log_or_cache(const char *path)
{
	return path_within(path, "/var/log") || path_within(path, "/var/cache");
}

/* Whether --copy would bring data that is at the path. */
static bool is_left(const struct create_spec *spec, const struct entry *e, const struct rule_context *copying)
{
	return path_within(e->path, "/var") && !path_is_log_or_cache(e->path) && !mounts_find(&spec->mounts, e->path) &&
	       rules_decide(e, copying).action == ACTION_TAKE && has_data(spec->context->root_fd, e);
}

void left_data_find(const struct create_spec *spec, struct gathered *g)
{
	const struct rule_context copying = gathered_rules(g, true);
	const struct entries *lists[] = { &g->files.entries, &g->files.left };

	if (spec->copy_var)
		return;
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const struct entry *e = &lists[l]->v[i];

			if (!path_within_any(e->path, &g->left_data) && is_left(spec, e, &copying))
				strv_add(&g->left_data, e->path);
		}
}
