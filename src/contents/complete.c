/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Some facts about a path depend on other paths: where a link leads, what is left of a directory, and which other file
 * is the same one. Nothing is added here but the directories above the entries. */
#include "contents/complete.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"

struct completion {
	const struct create_spec *spec;
	const struct rule_context *rules;
	struct entries *entries, *left;
};

static int root_fd(const struct completion *c)
{
	return c->spec->context->root_fd;
}

/* Without --copy, a link in the service's data to a directory becomes an empty directory, unless the container has what
 * it leads to. */
static void settle_state_links(const struct completion *c)
{
	struct entries *entries = c->entries;

	for (size_t i = 0; i < entries->n; i++) {
		struct entry *e = &entries->v[i];
		_cleanup_(freep) char *path = NULL;
		struct stat st;
		const struct entry *end;

		if (!e->to_directory || c->rules->copy_var || entry_find_end(root_fd(c), e, &st, &path) < 0)
			continue;
		end = entries_find(entries, path);
		if (path_within(path, "/run") || path_within(path, "/usr") ||
		    (end && rules_decide(end, c->rules).action != ACTION_LEAVE))
			continue;
		free(steal_ptr(e->target));
		e->st = st;
		entry_limit_owner(e, c->spec->private_users);
	}
}

/* Makes an entry of every directory above an entry, even if no package owns it. 0, or -errno after a message. */
static int add_parents(const struct completion *c)
{
	struct entries *entries = c->entries;
	size_t n = entries->n;

	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *path = xstrdup(entries->v[i].path);

		for (;;) {
			const struct entries sorted = { entries->v, n };
			struct entry *e;
			const char *name;
			_cleanup_(closep) int dir = -1;
			int r;

			*strrchr(path, '/') = '\0';
			if (!strchr(path + 1, '/') || entries_find(&sorted, path))
				break;
			e = entries_add(entries, xstrdup(path), 0);
			dir = rootfd_parent(root_fd(c), path, WALK_TREE, &name);
			r = dir < 0 ? dir : entry_stat(dir, name, e);
			if (r < 0 && !rootfd_is_missing(r))
				return log_error_errno(r, "Cannot examine '%s': %m", path);
			entry_limit_owner(e, c->spec->private_users);
		}
	}
	entries_merge(entries);
	return 0;
}

/* A hard link to a secret is a secret, too. 0, or -errno after a message. */
static int mark_secrets(const struct completion *c)
{
	struct entries *entries = c->entries;

	for (size_t i = 0; rules_place(PLACE_SECRET, i); i++) {
		const char *path = rules_place(PLACE_SECRET, i);
		struct stat st;
		int r = rootfd_lstat(root_fd(c), path, WALK_TREE, &st);

		if (r < 0 && !rootfd_is_missing(r))
			return log_error_errno(r, "Cannot examine '%s': %m", path);
		if (r < 0 || st.st_nlink < 2)
			continue;
		for (size_t k = 0; k < entries->n; k++)
			if (entries->v[k].exists && entries->v[k].st.st_ino == st.st_ino &&
			    entries->v[k].st.st_dev == st.st_dev)
				entries->v[k].secret = true;
	}
	return 0;
}

/* A path that was left out when it was found in one way, but is an entry because of another, is not left out. */
static void settle_left(const struct completion *c)
{
	struct entries *left = c->left;
	size_t kept = 0;

	entries_merge(left);
	for (size_t i = 0; i < left->n; i++) {
		if (entries_find(c->entries, left->v[i].path))
			entry_done(&left->v[i]);
		else
			left->v[kept++] = left->v[i];
	}
	left->n = kept;
}

/* Whether a directory that is not taken as a whole contains anything that stays on the host without being an entry. The
 * directory is read only up to the first such name. */
static bool has_more(const struct completion *c, const char *path)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	int r = rootfd_opendir(root_fd(c), path, WALK_TREE, &dir);

	if (r < 0)
		return !rootfd_is_missing(r); /* nobody knows */
	for (const struct dirent *d; (errno = 0, d = readdir(dir));) {
		_cleanup_(freep) char *child = xasprintf("%s/%s", path, d->d_name);

		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 && !entries_find(c->entries, child) &&
		    !entries_find(c->left, child))
			return true;
	}
	return errno != 0;
}

static void mark_more(const struct completion *c)
{
	static const char *const tops[] = { "/etc", "/var" };
	struct entries *entries = c->entries;

	for (size_t i = 0; i < entries->n; i++) {
		struct entry *e = &entries->v[i];

		if (entry_is_directory(e) && rules_decide(e, c->rules).action == ACTION_MAKE)
			e->has_more = has_more(c, e->path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) { /* every container has these, so they are not entries */
		struct entry e = { .path = xstrdup(tops[i]), .exists = true, .st.st_mode = S_IFDIR, .has_more = true };

		if (has_more(c, e.path))
			entries_move(c->left, &e);
		entry_done(&e);
	}
	entries_merge(c->left);
}

int entries_complete(const struct create_spec *spec, const struct rule_context *rules, struct entries *entries,
		     struct entries *left)
{
	const struct completion c = { spec, rules, entries, left };
	int r;

	settle_state_links(&c);
	r = add_parents(&c);
	if (r == 0)
		r = mark_secrets(&c);
	if (r < 0)
		return r;
	settle_left(&c);
	mark_more(&c);
	return 0;
}
