/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contents of a host's unit search path. The rules are those of systemd.unit(5): the first directory that has a
 * name wins; a link within the search path is an alias of the name that it points to, whatever that is; and a link out
 * of the search path is a file that lies elsewhere. */
#include "unit/unit-search.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/rootfd.h"
#include "unit/unit-name.h"

#define MAX_HOPS 8

const char *const unit_search_path[] = {
	"/run/systemd/generator.early",	 "/etc/systemd/system",
	"/etc/systemd/system.attached",	 "/run/systemd/system",
	"/run/systemd/system.attached",	 "/run/systemd/generator",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/run/systemd/generator.late",	 NULL,
};

#define N_DIRS (ARRAY_SIZE(unit_search_path) - 1)

struct map_entry {
	char *name;
	char *alias; /* the name that it stands for, or NULL for a file */
	size_t dir;
};

struct unit_search {
	int root_fd;
	struct map_entry *entries; /* sorted, one for each name */
	size_t n;
	struct dir {
		int fd; /* -1 if it does not exist */
		dev_t dev;
		ino_t ino;
		struct strv files, links; /* sorted; the links are among the files */
	} dirs[N_DIRS];
};

void unit_search_freep(struct unit_search **map)
{
	if (!*map)
		return;
	for (size_t i = 0; i < (*map)->n; i++) {
		free((*map)->entries[i].name);
		free((*map)->entries[i].alias);
	}
	for (size_t i = 0; i < N_DIRS; i++) {
		closep(&(*map)->dirs[i].fd);
		strv_done(&(*map)->dirs[i].files);
		strv_done(&(*map)->dirs[i].links);
	}
	free((*map)->entries);
	free(*map);
	*map = NULL;
}

static bool in_search_path(const struct unit_search *map, const struct stat *st)
{
	for (size_t i = 0; i < N_DIRS; i++)
		if (map->dirs[i].fd >= 0 && map->dirs[i].dev == st->st_dev && map->dirs[i].ino == st->st_ino)
			return true;
	return false;
}

/* An alias must be of the same kind as its target, except that an instance may also be an alias of a template. */
static bool alias_valid(const char *name, const char *target)
{
	_cleanup_(unit_name_done) struct unit_name from = { 0 }, to = { 0 };
	enum unit_name_kind kind = unit_name_parse(name, &from), target_kind = unit_name_parse(target, &to);

	if (kind == UNIT_NAME_INVALID || target_kind == UNIT_NAME_INVALID || strcmp(to.type, from.type) != 0)
		return false;
	if (kind == UNIT_NAME_INSTANCE && target_kind == UNIT_NAME_TEMPLATE)
		return true;
	return kind == target_kind && (kind != UNIT_NAME_INSTANCE || strcmp(from.instance, to.instance) == 0);
}

/* Whether the target of a link in directory 'dir' is a name in the search path. If so, *ret_name is that, in 'target'.
 * Most targets are names beside the link. */
static bool is_in_search_path(const struct unit_search *map, size_t dir, const char *target, const char **ret_name)
{
	_cleanup_(freep) char *full = NULL;
	_cleanup_(closep) int parent = -1;
	const char *name;
	struct stat st;

	if (!strchr(target, '/') && strcmp(target, ".") != 0 && strcmp(target, "..") != 0) {
		*ret_name = target;
		return true;
	}
	full = *target == '/' ? xstrdup(target) : xasprintf("%s/%s", unit_search_path[dir], target);
	parent = rootfd_parent(map->root_fd, full, WALK_ROOT, &name);
	if (parent < 0 || fstat(parent, &st) < 0 || !in_search_path(map, &st))
		return false;
	*ret_name = target + strlen(target) - strlen(name);
	return true;
}

/* Whether link 'name' in directory 'dir' counts. If so, *ret_alias is the name in the search path to which it points,
 * or NULL. */
static bool read_link(const struct unit_search *map, size_t dir, const char *name, char **ret_alias)
{
	_cleanup_(freep) char *target = NULL;
	const char *last;

	if (rootfd_readlinkat(map->dirs[dir].fd, name, &target) < 0)
		return false;
	if (!is_in_search_path(map, dir, target, &last)) {
		*ret_alias = NULL;
		return true;
	}
	if (strcmp(last, name) == 0 || !alias_valid(name, last))
		return false;
	*ret_alias = xstrdup(last);
	return true;
}

static void add_entry(struct unit_search *map, size_t dir, const char *name)
{
	char *alias = NULL;

	if (strv_find(&map->dirs[dir].links, name) && !read_link(map, dir, name, &alias))
		return;
	grow(map->entries, map->n);
	map->entries[map->n++] = (struct map_entry){ .name = xstrdup(name), .alias = alias, .dir = dir };
}

static int compare_entries(const void *a, const void *b)
{
	const struct map_entry *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : (x->dir > y->dir) - (x->dir < y->dir);
}

static void keep_first(struct unit_search *map)
{
	size_t kept = 0;

	if (map->n > 0)
		qsort(map->entries, map->n, sizeof(*map->entries), compare_entries);
	for (size_t i = 0; i < map->n; i++) {
		if (kept > 0 && strcmp(map->entries[kept - 1].name, map->entries[i].name) == 0) {
			free(map->entries[i].name);
			free(map->entries[i].alias);
		} else {
			map->entries[kept++] = map->entries[i];
		}
	}
	map->n = kept;
}

static bool is_link(int dir, const struct dirent *d)
{
	struct stat st;

	return d->d_type == DT_LNK || (d->d_type == DT_UNKNOWN &&
				       fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode));
}

/* A host with hundreds of containers has hundreds of units, so a file that is not a link must cost no system call. */
static int list_files(struct dir *dir)
{
	_cleanup_(closedirp) DIR *stream = NULL;
	int r = rootfd_opendir(dir->fd, ".", WALK_TREE, &stream);

	if (r < 0)
		return r;
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(stream);
		if (!d)
			break;
		strv_add(&dir->files, d->d_name);
		if (is_link(dir->fd, d))
			strv_add(&dir->links, d->d_name);
	}
	if (errno)
		return -errno;
	strv_sort_unique(&dir->files);
	strv_sort_unique(&dir->links);
	return 0;
}

static int list_dir(struct unit_search *map, size_t i)
{
	struct dir *dir = &map->dirs[i];
	_cleanup_(closep) int fd =
		rootfd_openat(map->root_fd, unit_search_path[i], O_RDONLY | O_DIRECTORY, 0, WALK_ROOT);
	struct stat st;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	dir->fd = steal_fd(&fd);
	dir->dev = st.st_dev;
	dir->ino = st.st_ino;
	return list_files(dir);
}

int unit_search_read(int root_fd, struct unit_search **ret, const char **ret_path)
{
	_cleanup_(unit_search_freep) struct unit_search *map = xcalloc(1, sizeof(*map));

	map->root_fd = root_fd;
	for (size_t i = 0; i < N_DIRS; i++)
		map->dirs[i].fd = -1;
	for (size_t i = 0; i < N_DIRS; i++) {
		int r = list_dir(map, i);

		if (r < 0) {
			*ret_path = unit_search_path[i];
			return r;
		}
	}
	for (size_t i = 0; i < N_DIRS; i++) {
		for (size_t j = 0; j < map->dirs[i].files.n; j++) {
			const char *name = map->dirs[i].files.v[j], *section;

			if (unit_type_runs(name, &section) && unit_name_kind(name))
				add_entry(map, i, name);
		}
	}
	keep_first(map);
	*ret = steal_ptr(map);
	return 0;
}

bool unit_search_lists(const struct unit_search *map, size_t dir, const char *name)
{
	return strv_find(&map->dirs[dir].files, name);
}

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct map_entry *)entry)->name);
}

static const struct map_entry *exact(const struct unit_search *map, const char *name)
{
	return map->n > 0 ? bsearch(name, map->entries, map->n, sizeof(*map->entries), compare_name) : NULL;
}

static const struct map_entry *exact_or_template(const struct unit_search *map, const char *name)
{
	const struct map_entry *entry = exact(map, name);
	_cleanup_(freep) char *template = entry ? NULL : unit_name_template(name);

	return template ? exact(map, template) : entry;
}

/* The end of the chain of aliases that begins with 'name'. 0, or -errno and the name at which it stopped. */
static int follow(const struct unit_search *map, const char *name, const struct map_entry **ret, const char **ret_stop)
{
	for (int hops = 0; hops < MAX_HOPS; hops++) {
		const struct map_entry *entry = exact_or_template(map, name);

		*ret_stop = name;
		if (!entry)
			return hops > 0 ? -ENXIO : -ENOENT;
		*ret = entry;
		if (!entry->alias)
			return 0;
		name = entry->alias;
	}
	return -ELOOP;
}

/* 'name', completed with the instance of 'like' if it is a template. NULL if the result is not a valid name. */
static char *instantiate_like(const char *name, const char *like)
{
	_cleanup_(unit_name_done) struct unit_name parts = { 0 };

	if (unit_name_kind(name) != UNIT_NAME_TEMPLATE)
		return xstrdup(name);
	return unit_name_parse(like, &parts) == UNIT_NAME_INSTANCE ? unit_name_instantiate(name, parts.instance) : NULL;
}

static int locate(const struct unit_search *map, const char *name, const struct map_entry **ret, const char **ret_stop)
{
	_cleanup_(freep) char *template = unit_name_template(name);
	const struct map_entry *entry = template ? exact(map, template) : NULL;
	int r = follow(map, name, ret, ret_stop);

	/* A dangling alias of one instance does not hide the template. */
	return r == -ENXIO && entry ? follow(map, entry->name, ret, ret_stop) : r;
}

int unit_search_find(const struct unit_search *map, const char *name, char **ret_id, char **ret_path)
{
	const struct map_entry *entry, *other;
	const char *stop = name, *ignored;
	_cleanup_(freep) char *id = NULL;
	int r = locate(map, name, &entry, &stop);

	if (r == -ENOENT)
		return r;
	id = instantiate_like(r < 0 ? stop : entry->name, name);
	/* The template is the same, but this instance may have a unit file of its own. */
	if (!id || (r == 0 && locate(map, id, &other, &ignored) == 0 && other != entry)) {
		free(id);
		id = xstrdup(name);
	}
	*ret_id = steal_ptr(id);
	if (r == 0)
		*ret_path = xasprintf("%s/%s", unit_search_path[entry->dir], entry->name);
	return r;
}

void unit_search_aliases(const struct unit_search *map, const char *id, const char *path, struct strv *ret)
{
	for (size_t i = 0; i < map->n; i++) {
		_cleanup_(freep) char *name = NULL, *found = NULL, *found_path = NULL;

		if (!map->entries[i].alias)
			continue;
		name = instantiate_like(map->entries[i].name, id);
		if (name && strcmp(name, id) != 0 && unit_search_find(map, name, &found, &found_path) == 0 &&
		    strcmp(found, id) == 0 && strcmp(found_path, path) == 0)
			strv_add_once(ret, name);
	}
}

void unit_search_names(const struct unit_search *map, const char *suffix, struct strv *ret)
{
	for (size_t i = 0; i < map->n; i++)
		if (has_suffix(map->entries[i].name, suffix))
			strv_add(ret, map->entries[i].name);
}

enum unit_place unit_place_of(const char *path)
{
	if (skip_prefix(path, "/run/systemd/generator"))
		return UNIT_OF_GENERATOR;
	return skip_prefix(path, "/usr/") && !skip_prefix(path, "/usr/local/") ? UNIT_OF_PACKAGE
									       : UNIT_OF_ADMINISTRATOR;
}

void unit_search_links(const struct unit_search *map, const char *unit, const char *kind, enum unit_place place,
		       struct strv *ret)
{
	_cleanup_(freep) char *wanted = xasprintf("%s.%s", unit ? unit : "", kind);

	for (size_t i = 0; i < N_DIRS; i++) {
		if (unit_place_of(unit_search_path[i]) != place)
			continue;
		for (size_t k = 0; k < map->dirs[i].files.n; k++) {
			const char *name = map->dirs[i].files.v[k];

			if (unit ? strcmp(name, wanted) == 0 : has_suffix(name, wanted))
				rootfd_list(map->dirs[i].fd, name, WALK_TREE, ret);
		}
	}
}

void unit_search_linked(const struct unit_search *map, const char *name, struct strv *ret)
{
	for (size_t i = 0; i < N_DIRS; i++) {
		if (unit_place_of(unit_search_path[i]) != UNIT_OF_ADMINISTRATOR)
			continue;
		for (size_t k = 0; k < map->dirs[i].files.n; k++) {
			const char *dir = map->dirs[i].files.v[k];
			_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
			struct stat st;

			if ((has_suffix(dir, ".wants") || has_suffix(dir, ".requires")) &&
			    fstatat(map->dirs[i].fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
				strv_add_once(ret, dir);
		}
	}
}

bool unit_path_is_mask(int root_fd, const char *path)
{
	_cleanup_(freep) char *target = NULL;
	_cleanup_(closep) int fd = rootfd_openat(root_fd, path, O_PATH, 0, WALK_ROOT);
	struct stat st;

	if (fd >= 0)
		return fstat(fd, &st) == 0 && (S_ISCHR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_size == 0));
	return fd == -ENOENT && rootfd_readlink(root_fd, path, WALK_ROOT, &target) == 0 &&
	       has_suffix(target, "/dev/null");
}
