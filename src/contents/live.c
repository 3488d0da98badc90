/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the places that can be shared. What only some users of the host can read is not examined, because a
 * container cannot read it either. */
#include "contents/live.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/rootfd.h"
#include "container/live-places.h"
#include "container/mount-spec.h"
#include "contents/keys.h"

#define DEPTH_MAX 16 /* such places have a few levels at most */

struct look {
	struct key_search search;
	char *culprit; /* the first file with a secret that all can read, or NULL */
};

/* Looks at a path, and what is below it. 0, or -errno after a message. */
static int look_at(struct look *look, const char *path, unsigned int depth);

/* The names in a directory, sorted, without links, of which there are hundreds. */
static int list(int root_fd, const char *path, struct strv *ret)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	int r = rootfd_opendir(root_fd, path, WALK_TREE, &dir);

	if (r < 0)
		return r;
	for (const struct dirent *d; (errno = 0, d = readdir(dir));)
		if (d->d_type != DT_LNK && strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			strv_add(ret, d->d_name);
	strv_sort_unique(ret);
	return -errno; /* readdir(3): 0 at the end */
}

static int look_into(struct look *look, const char *path, unsigned int depth)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = depth > DEPTH_MAX ? -ELOOP : list(look->search.root_fd, path, &names);

	if (r < 0)
		return log_error_errno(r, "Cannot examine '%s': %m", path);
	for (size_t i = 0; r == 0 && i < names.n && !look->culprit; i++) {
		_cleanup_(freep) char *child = xasprintf("%s/%s", path, names.v[i]);

		r = look_at(look, child, depth + 1);
	}
	return r;
}

static int look_at(struct look *look, const char *path, unsigned int depth)
{
	_cleanup_(entry_done) struct entry e = { .path = xstrdup(path) };
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(look->search.root_fd, path, WALK_TREE, &name);
	int r = dir < 0 ? dir : entry_stat(dir, name, &e);

	if (r < 0 && !rootfd_is_missing(r))
		return log_error_errno(r, "Cannot examine '%s': %m", path);
	if (!e.exists)
		return 0; /* gone meanwhile */
	if (entry_is_directory(&e))
		return e.st.st_mode & S_IXOTH ? look_into(look, path, depth) : 0;
	if (!entry_is_file(&e) || !(e.st.st_mode & S_IROTH))
		return 0;
	r = keys_scan(&look->search, &e);
	if (r == 0 && (e.holds || e.key || e.password))
		look->culprit = xstrdup(path);
	return r;
}

/* Whether the host has the place: 1, 0, or -errno after a message. */
static int is_there(int root_fd, const struct live_place *place)
{
	struct stat st;
	int r = rootfd_lstat(root_fd, place->path, WALK_TREE, &st);

	if (r < 0 && !rootfd_is_missing(r))
		return log_error_errno(r, "Cannot examine '%s': %m", place->path);
	return r == 0 && (place->kind == LIVE_FILE ? S_ISREG(st.st_mode) : S_ISDIR(st.st_mode));
}

int live_choose(const struct create_spec *spec, struct strv *ret)
{
	static const struct strv none = { 0 };
	const struct rule_context rules = { true, true, &none, &none, &none, false };
	_cleanup_(strv_done) struct strv hashes = { 0 };
	int r;

	if (spec->live) {
		strv_add_all(ret, spec->live);
		return 0;
	}
	r = keys_read_hashes(spec->context->root_fd, &hashes);
	for (const struct live_place *place = live_places; place->path && r >= 0; place++) {
		struct look look = { .search = { .root_fd = spec->context->root_fd,
						 .rules = &rules,
						 .hashes = &hashes,
						 .secrets_alone = true } };
		const struct mount here = { .target = (char *)place->path };

		r = is_there(spec->context->root_fd, place);
		if (r <= 0 || mount_overlaps(&here, &spec->mounts, spec->mounts.n))
			continue;
		r = look_at(&look, place->path, 0);
		if (r < 0)
			break;
		if (look.culprit)
			log_warn("All users of the host can read a secret in '%s'. Because of it, the container gets a "
				 "copy of '%s' without it, and later changes there do not reach the container.",
				 look.culprit, place->path);
		else
			strv_add(ret, place->path);
		free(look.culprit);
	}
	return r < 0 ? r : 0;
}
