/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds all paths that could go into a container. First come the paths that packages own, each of which is examined on
 * the disk; then the directories that the rules take as a whole are walked for what no package owns; then the content
 * of files is examined, and what it names is looked for. Paths that the rules leave out as soon as they are found are
 * kept apart, so that neither they nor their content have any influence. */
#include "contents/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/guarded.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "contents/complete.h"
#include "contents/keys.h"
#include "contents/users.h"
#include "unit/unit-name.h"

#define WALK_DEPTH_MAX 512 /* each level keeps a descriptor open */
#define ENTRIES_MAX 4000000
#define CONTENTS_MAX ((size_t)64 * 1024 * 1024) /* bytes of files that are kept from the search to the copy */

struct find {
	const struct files_request *rq;
	struct rule_context rules;
	const struct key_search *search; /* set once the hashes of the host's passwords are known */
	struct entries recorded;	 /* sorted: paths that packages of the closure own */
	struct entries found;		 /* paths that no package of the closure owns */
	char *root_dir;			 /* a directory that only root can change, or NULL */
	bool passage;			 /* the place being added is a link on the way to what something names */
	struct files *files;
};

static int root_fd(const struct find *f)
{
	return f->rq->spec->context->root_fd;
}

/* Fills in the facts from the disk. 'dir' is a descriptor, or the -errno of the attempt to open one. 0, or -errno after
 * a message. */
static int examine(const struct find *f, int dir, const char *name, struct entry *e)
{
	_cleanup_(freep) char *end = NULL;
	struct stat st;
	int r = dir < 0 ? dir : entry_stat(dir, name, e);

	if (r < 0)
		return log_error_errno(r, "Cannot examine '%s': %m", e->path);
	entry_limit_owner(e, f->rq->spec->private_users);
	e->to_directory = e->target && skip_prefix(e->path, "/var/") && entry_find_end(root_fd(f), e, &st, &end) == 0;
	return 0;
}

/* --- what packages own --- */

static int add_package(struct find *f, const char *package)
{
	_cleanup_(pkg_files_done) struct pkg_files files = { 0 };
	bool root = strv_find(f->rq->roots, package);
	int r = f->rq->backend->files(f->rq->db, package, &files);

	if (r < 0)
		return r;
	for (size_t i = 0; i < files.n; i++) {
		const char *unit = skip_prefix(files.v[i].path, "/usr/lib/systemd/system/");
		struct entry *e;

		f->files->runs_jobs |= rules_runs_jobs(files.v[i].path);
		if (unit && unit_name_kind(unit) != UNIT_NAME_INVALID)
			strv_add(&f->files->units, unit);
		if (skip_prefix(files.v[i].path, "/usr/lib/sysusers.d/"))
			strv_add(&f->files->sysusers, files.v[i].path);
		if (skip_prefix(files.v[i].path, BUS_POLICY_DIR "/"))
			strv_add(&f->files->bus_policies, files.v[i].path);
		if (!skip_prefix(files.v[i].path, "/etc/") && !skip_prefix(files.v[i].path, "/var/"))
			continue;
		e = entries_add(&f->recorded, steal_ptr(files.v[i].path), root ? CLAIM_ROOT : 0);
		e->package = package;
		e->config = files.v[i].config;
	}
	return 0;
}

/* The entries are sorted, so those in one directory are mostly in a row, and the directory is opened once for all of
 * them. */
static int stat_recorded(struct find *f)
{
	_cleanup_(closep) int dir = -1;
	const char *dir_of = "";
	size_t dir_len = 0;

	for (size_t i = 0; i < f->recorded.n; i++) {
		struct entry *e = &f->recorded.v[i];
		const char *name = strrchr(e->path, '/') + 1;
		size_t len = (size_t)(name - e->path);
		int r;

		if (len != dir_len || strncmp(dir_of, e->path, len) != 0) {
			closep(&dir);
			dir = rootfd_parent(root_fd(f), e->path, WALK_TREE, &name);
			dir_of = e->path;
			dir_len = len;
		}
		e->behind_link = dir == -ELOOP; /* such as /var/run */
		if (rootfd_is_missing(dir))
			continue;
		r = examine(f, dir, name, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_packages(struct find *f)
{
	for (size_t i = 0; i < f->rq->closure->n; i++) {
		int r = add_package(f, f->rq->closure->v[i]);

		if (r < 0)
			return r;
	}
	f->files->runs_jobs |= f->rq->names_job;
	f->rules.runs_jobs = f->files->runs_jobs;
	strv_sort_unique(&f->files->units);
	strv_sort_unique(&f->files->bus_policies);
	strv_add_all(f->rq->unit_names, &f->files->units);
	strv_sort_unique(f->rq->unit_names);
	entries_merge(&f->recorded);
	for (size_t i = 0; i < f->recorded.n; i++) {
		if (path_within_any(f->recorded.v[i].path, f->rq->own_dirs))
			f->recorded.v[i].claims |= CLAIM_UNIT_DIR;
		if (strv_has(f->rq->named, f->recorded.v[i].path))
			f->recorded.v[i].claims |= CLAIM_NAMED;
	}
	return stat_recorded(f);
}

/* --- what else is on the disk --- */

/* Whether a package of the closure owns the path. */
static bool is_recorded(const struct find *f, const char *path)
{
	const struct entry *e = entries_find(&f->files->entries, path);

	return (e && e->package) || entries_find(&f->recorded, path);
}

static int walk(struct find *f, const char *path, unsigned int claims, unsigned int depth);

/* Whether the entry is left out. If so, moves it to the list of those. */
static bool is_left(struct find *f, struct entry *e)
{
	if (rules_decide(e, &f->rules).action != ACTION_LEAVE)
		return false;
	entries_move(&f->files->left, e);
	return true;
}

/* Adds a path that no package led to and, if the rules take that, its content. */
static int add_found(struct find *f, struct entry *e, unsigned int depth)
{
	struct verdict verdict = rules_decide(e, &f->rules);
	bool whole = entry_is_directory(e) && verdict.action == ACTION_TAKE;
	_cleanup_(freep) char *path = whole ? xstrdup(e->path) : NULL;

	entries_move(&f->found, e);
	return whole ? walk(f, path, verdict.claims, depth) : 0;
}

static bool is_unit_uid(const struct files_request *rq, uid_t uid)
{
	for (size_t i = 0; i < rq->n_unit_uids; i++)
		if (rq->unit_uids[i] == uid)
			return true;
	return false;
}

/* The first of the packages, apart from those in 'but', whose scripts are about the account; or NULL. A package whose
 * scripts cannot be read, about which there was a message, has none. */
static const char *find_maker(const struct find *f, const struct strv *packages, const struct strv *but,
			      const char *account)
{
	for (size_t i = 0; i < packages->n; i++) {
		_cleanup_(freep) char *text = NULL;

		if ((!but || !strv_find(but, packages->v[i])) &&
		    f->rq->backend->scripts(f->rq->db, packages->v[i], &text) == 0 &&
		    users_are_mentioned(text, account))
			return packages->v[i];
	}
	return NULL;
}

/* Whether units run as the user, or scripts of the service's own packages are about it. */
static bool is_own_user(const struct find *f, const struct account_user *u)
{
	return is_unit_uid(f->rq, u->uid) || find_maker(f, f->rq->roots, NULL, u->name);
}

/* In a directory that a package outside the closure owns, too, what belongs to its user is its own. */
static int find_owner_by_user(const struct find *f, struct entry *e)
{
	const struct account_user *u = accounts_user(&f->rq->users->all, e->st.st_uid);
	_cleanup_(strv_done) struct strv owners = { 0 };
	_cleanup_(freep) char *dir = xstrdup(e->path);
	const char *maker;

	if (!e->exists || e->claims != CLAIM_ROOT || !path_within(e->path, "/etc") || !u || u->uid == 0)
		return 0;
	while (owners.n == 0 && strchr(dir + 1, '/')) {
		int r;

		*strrchr(dir, '/') = '\0';
		r = f->rq->backend->owners(f->rq->db, dir, &owners);
		if (r < 0)
			return r;
	}
	maker = find_maker(f, &owners, f->rq->closure, u->name);
	if (maker && !is_own_user(f, u))
		e->outsider = xstrdup(maker);
	return 0;
}

/* Stores the package that owns a path that no package of the closure owns, or that left it when it was removed. */
static int find_outsider(struct find *f, struct entry *e)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	int r = f->rq->backend->owners(f->rq->db, e->path, &owners);

	if (r == 0 && owners.n == 0) {
		e->outsider = f->rq->backend->removed(f->rq->db, e->path);
		e->removed = e->outsider;
		if (!e->outsider)
			r = find_owner_by_user(f, e);
	} else if (r == 0) {
		e->outsider = steal_ptr(owners.v[0]);
	}
	return r;
}

/* Adds one name in a directory that is taken as a whole. */
static int walk_child(struct find *f, int dir, const char *parent, const char *name, unsigned int claims,
		      unsigned int depth)
{
	_cleanup_(entry_done) struct entry e = { .path = xasprintf("%s/%s", parent, name), .claims = claims };
	int r;

	if (is_recorded(f, e.path))
		return 0;
	r = examine(f, dir, name, &e);
	if (r < 0)
		return r;
	if (!e.exists) /* gone meanwhile */
		return 0;
	if (is_left(f, &e)) /* decides about most of '/etc/systemd/system', faster than the package database */
		return 0;
	r = find_outsider(f, &e);
	if (r < 0)
		return r;
	if (f->found.n >= ENTRIES_MAX)
		return log_error_errno(-E2BIG,
				       "'%s' and the directories beside it hold more than %d files; move some away.",
				       parent, ENTRIES_MAX);
	return is_left(f, &e) ? 0 : add_found(f, &e, depth + 1);
}

static int walk(struct find *f, const char *path, unsigned int claims, unsigned int depth)
{
	_cleanup_(closep) int dir = rootfd_openat(root_fd(f), path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	_cleanup_(strv_done) struct strv names = { 0 };
	int r;

	if (depth > WALK_DEPTH_MAX)
		return log_error_errno(-ELOOP, "'%s' is nested too deeply; move it away.", path);
	r = dir < 0 ? dir : rootfd_list(dir, ".", WALK_TREE, &names);
	if (rootfd_is_missing(r))
		return 0; /* gone meanwhile */
	if (r < 0)
		return log_error_errno(r, "Cannot read directory '%s': %m", path);
	for (size_t i = 0; i < names.n; i++) {
		r = walk_child(f, dir, path, names.v[i], claims, depth);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Finds out whether other packages own a directory, too, but only if that makes a difference. */
static int find_shared(struct find *f, struct entry *e)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	int r = f->rq->backend->owners(f->rq->db, e->path, &owners);

	for (size_t i = 0; r == 0 && i < owners.n && !e->shared; i++)
		e->shared = !strv_find(f->rq->closure, owners.v[i]);
	return r;
}

static int walk_recorded(struct find *f)
{
	for (size_t i = 0; i < f->recorded.n; i++) {
		struct entry *e = &f->recorded.v[i];
		struct verdict verdict = rules_decide(e, &f->rules);
		int r = 0;

		if (entry_is_directory(e) && verdict.claims == CLAIM_CLOSURE) {
			r = find_shared(f, e);
			verdict = rules_decide(e, &f->rules);
		}
		if (r == 0 && entry_is_directory(e) && verdict.action == ACTION_TAKE)
			r = walk(f, e->path, verdict.claims, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Adds a path that no package led to and, if the rules take that, everything below it. */
static int add_place(struct find *f, struct entry *e)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(root_fd(f), e->path, WALK_TREE, &name);
	int r;

	if (rootfd_is_missing(dir) || is_recorded(f, e->path)) /* its package decides about it */
		return 0;
	r = examine(f, dir, name, e);
	if (r < 0)
		return r;
	e->passage = f->passage;
	return !e->exists || is_left(f, e) ? 0 : add_found(f, e, 0);
}

static int walk_place(struct find *f, const char *path, unsigned int claims)
{
	_cleanup_(entry_done) struct entry e = { .path = xstrdup(path), .claims = claims };

	return add_place(f, &e);
}

static int walk_rules_places(struct find *f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && rules_place(PLACE_LOOK, i); i++)
		r = walk_place(f, rules_place(PLACE_LOOK, i), 0);
	return r;
}

static int walk_own_dirs(struct find *f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->rq->own_dirs->n; i++)
		r = walk_place(f, f->rq->own_dirs->v[i], CLAIM_UNIT_DIR);
	return r;
}

/* Adds a path that counts as the unit's only if no package owns it. */
static int walk_unrecorded(struct find *f, const char *path, unsigned int claims)
{
	_cleanup_(entry_done) struct entry e = { .path = xstrdup(path), .claims = claims };
	int r = find_outsider(f, &e);

	return r < 0 ? r : add_place(f, &e);
}

/* Adds state directories that no package owns and that belong to a user as which a unit runs. */
static int walk_users_dirs(struct find *f)
{
	static const char *const places[] = { "/var/lib", "/var/log", "/var/cache", "/var/spool" };

	for (size_t i = 0; i < ARRAY_SIZE(places) && f->rq->n_unit_uids > 0; i++) {
		_cleanup_(strv_done) struct strv names = { 0 };
		int r;

		r = rootfd_list(root_fd(f), places[i], WALK_TREE, &names);
		if (r < 0 && !rootfd_is_missing(r))
			return log_error_errno(r, "Cannot read directory '%s': %m", places[i]);
		for (size_t k = 0; k < names.n; k++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", places[i], names.v[k]);
			struct stat st;

			r = rootfd_lstat(root_fd(f), path, WALK_TREE, &st);
			if (r < 0 && !rootfd_is_missing(r))
				return log_error_errno(r, "Cannot examine '%s': %m", path);
			if (r < 0 || !S_ISDIR(st.st_mode) || !is_unit_uid(f->rq, st.st_uid))
				continue;
			r = walk_unrecorded(f, path, CLAIM_UNIT_USER);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Whether the group has users, and all are the service's. */
static bool is_own_group(const struct find *f, gid_t gid)
{
	const struct accounts *all = &f->rq->users->all;
	const struct account_group *g = accounts_group(all, gid);
	size_t n = 0;

	for (size_t i = 0; g && i < all->n_users; i++) {
		const struct account_user *u = &all->users[i];

		if (u->gid != gid && !strv_has(&g->members, u->name))
			continue;
		if (!is_own_user(f, u))
			return false;
		n++;
	}
	return n > 0;
}

/* Whether, of all users but root, only the service's may read the file. */
static bool is_for_service_alone(const struct find *f, const struct stat *st)
{
	const struct account_user *u = accounts_user(&f->rq->users->all, st->st_uid);
	bool owner = st->st_uid != 0, group = st->st_gid != 0 && st->st_mode & 0040;

	return S_ISREG(st->st_mode) && !(st->st_mode & 0004) && (owner || group) &&
	       (!owner || (u && is_own_user(f, u))) && (!group || is_own_group(f, st->st_gid));
}

/* Adds such files in /etc itself, which programs may know without being told, as they know a database of passwords. */
static int walk_users_files(struct find *f)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = rootfd_list(root_fd(f), "/etc", WALK_TREE, &names);

	if (r < 0)
		return rootfd_is_missing(r) ? 0 : log_error_errno(r, "Cannot read directory '/etc': %m");
	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_(freep) char *path = xasprintf("/etc/%s", names.v[i]);
		struct stat st;

		if (rootfd_lstat(root_fd(f), path, WALK_TREE, &st) == 0 && is_for_service_alone(f, &st))
			r = walk_unrecorded(f, path, CLAIM_UNIT_USER);
	}
	return r;
}

/* Whether only root can have made the link, so that it is the administrator's word. Remembers the last such directory,
 * because links are often side by side. */
static bool is_of_host_root(struct find *f, const char *path)
{
	_cleanup_(freep) char *dir = path_parent(path);

	if (f->root_dir && strcmp(f->root_dir, dir) == 0)
		return true;
	if (!guarded_is_roots(root_fd(f), dir))
		return false;
	free(f->root_dir);
	f->root_dir = steal_ptr(dir);
	return true;
}

/* Adds a path with these claims. */
typedef int visit_fn(struct find *f, const char *path, unsigned int claims);

/* Calls 'visit' for the path. If it leads through links of directories below /etc, 'visit' is called for each of these
 * links, and then for the path where it ends, unless that is outside of /etc. A link that a user could have made is not
 * followed: it may lead to what that user cannot read. The path is then visited as it is, and as no visitor follows
 * links, that adds nothing. */
static int visit_through_links(struct find *f, const char *named, unsigned int claims, visit_fn *visit)
{
	_cleanup_(freep) char *path = xstrdup(named);
	int r = 0;

	for (unsigned int hops = 0; hops < PATH_HOPS_MAX && r == 0 && skip_prefix(path, "/etc/"); hops++) {
		_cleanup_(freep) char *target = NULL;
		size_t len = rootfd_first_link(root_fd(f), path, &target);
		_cleanup_(freep) char *link = xstrndup(path, len);
		_cleanup_(freep) char *directory = NULL;
		char *next;

		if (len == 0 || path[len] == '\0') /* a link at the end is visited as such */
			break;
		if (!is_of_host_root(f, link))
			break;
		f->passage = true;
		r = visit(f, link, claims);
		f->passage = false;
		directory = path_resolve(link, target);
		next = xasprintf("%s%s", directory, path + len);
		free(path);
		path = next;
	}
	return r == 0 && (strcmp(path, named) == 0 || skip_prefix(path, "/etc/")) ? visit(f, path, claims) : r;
}

static int visit_all(struct find *f, const struct strv *named, unsigned int claims, visit_fn *visit)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < named->n; i++)
		r = visit_through_links(f, named->v[i], claims, visit);
	return r;
}

static int walk_named(struct find *f)
{
	return visit_all(f, f->rq->named, CLAIM_NAMED, walk_unrecorded);
}

/* Finds the nearest directory above that packages own, if none of these is a root: the path is theirs, whoever names
 * it. */
static int find_other_dir(struct find *f, struct entry *e)
{
	_cleanup_(freep) char *dir = xstrdup(e->path);

	for (;;) {
		_cleanup_(strv_done) struct strv owners = { 0 };
		int r;

		*strrchr(dir, '/') = '\0';
		if (!*dir)
			return 0;
		r = f->rq->backend->owners(f->rq->db, dir, &owners);
		if (r < 0)
			return r;
		for (size_t i = 0; i < owners.n; i++)
			if (strv_find(f->rq->roots, owners.v[i]))
				return 0;
		if (owners.n > 0) {
			e->other_dir = steal_ptr(dir);
			return 0;
		}
	}
}

/* Adds a path that a text of the service names, unless it is another package's. */
static int walk_text_mention(struct find *f, const char *path, unsigned int claims)
{
	_cleanup_(entry_done) struct entry e = { .path = xstrdup(path), .claims = claims };
	int r = find_other_dir(f, &e);

	if (r == 0)
		r = find_outsider(f, &e);
	return r < 0 ? r : add_place(f, &e);
}

static int walk_scripted(struct find *f)
{
	return visit_all(f, f->rq->scripted, CLAIM_SCRIPT, walk_text_mention);
}

/* The claims of what a link of the service leads to, or 0. A directory of the service is still the service's if the
 * administrator moved it and left a link in its place. */
static unsigned int claims_behind(struct find *f, const struct entry *link)
{
	static const unsigned int own =
		CLAIM_ROOT | CLAIM_UNIT_DIR | CLAIM_UNIT_USER | CLAIM_NAMED | CLAIM_SCRIPT | CLAIM_LINK | CLAIM_CONFIG;
	/* A package that merely supports the service has links to its enabled modules, too. */
	unsigned int claims = own | (skip_prefix(link->path, "/etc/") ? CLAIM_CLOSURE : 0U);

	if (!link->target || link->passage || !(link->claims & claims) || !is_of_host_root(f, link->path))
		return 0;
	return link->package || strv_has(f->rq->own_dirs, link->path) ? link->claims : CLAIM_LINK;
}

/* Adds what a link leads to. If it is configuration of a package outside the closure, the service needs the package. */
static int walk_behind(struct find *f, const char *path, unsigned int claims)
{
	_cleanup_(entry_done) struct entry e = { .path = xstrdup(path), .claims = claims };
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(root_fd(f), path, WALK_TREE, &name);
	int r;

	if (rootfd_is_missing(dir) || is_recorded(f, path))
		return 0;
	r = examine(f, dir, name, &e);
	if (r < 0)
		return r;
	e.passage = f->passage;
	r = skip_prefix(path, "/var/") ? find_other_dir(f, &e) : 0;
	if (r < 0 || rules_decide(&e, &f->rules).action == ACTION_LEAVE)
		return r;
	r = find_outsider(f, &e);
	if (e.outsider && (e.removed || strv_find(f->rq->closure, e.outsider))) { /* which does not have it any more */
		free(steal_ptr(e.outsider));
		e.removed = false;
	}
	if (r == 0 && e.outsider && skip_prefix(path, "/etc/"))
		strv_add_once(&f->files->linked, e.outsider);
	return r < 0 || e.outsider ? r : add_found(f, &e, 0);
}

static void add_target(struct find *f, const struct entry *link, struct entries *ret)
{
	unsigned int claims = claims_behind(f, link);
	_cleanup_(freep) char *path = claims ? path_resolve(link->path, link->target) : NULL;

	if (path && (skip_prefix(path, "/etc/") || skip_prefix(path, "/var/")))
		entries_add(ret, steal_ptr(path), claims);
}

/* Follows the links of the service, then those that this finds, and so on. */
static int walk_links(struct find *f)
{
	_cleanup_(strv_done) struct strv followed = { 0 };
	size_t seen = 0;
	int r = 0;

	for (unsigned int hops = 0; hops < PATH_HOPS_MAX && r == 0; hops++) {
		_cleanup_(entries_done) struct entries targets = { 0 };

		for (size_t i = 0; hops == 0 && i < f->recorded.n; i++)
			add_target(f, &f->recorded.v[i], &targets);
		for (; seen < f->found.n; seen++)
			add_target(f, &f->found.v[seen], &targets);
		entries_merge(&targets);
		for (size_t i = 0; i < targets.n && r == 0; i++)
			if (!strv_find(&followed, targets.v[i].path))
				r = visit_through_links(f, targets.v[i].path, targets.v[i].claims, walk_behind);
		for (size_t i = 0; i < targets.n; i++)
			strv_add(&followed, targets.v[i].path);
		strv_sort_unique(&followed);
	}
	return r;
}

static int walk_disk(struct find *f)
{
	static int (*const walks[])(struct find *) = {
		walk_recorded,	  walk_rules_places, walk_own_dirs, walk_users_dirs,
		walk_users_files, walk_named,	     walk_scripted, walk_links,
	};

	for (size_t i = 0; i < ARRAY_SIZE(walks); i++) {
		int r = walks[i](f);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- what the service's configuration names --- */

/* Merges what was found in the two ways so far. */
static void merge(struct find *f)
{
	struct entries *entries = &f->files->entries;

	for (size_t i = 0; i < f->recorded.n; i++)
		entries_move(entries, &f->recorded.v[i]);
	for (size_t i = 0; i < f->found.n; i++)
		entries_move(entries, &f->found.v[i]);
	f->recorded.n = 0;
	f->found.n = 0;
	entries_merge(entries);
}

/* A directory in /var that the service's units, scripts or configuration name is the service's, even if a package that
 * merely supports the service owns it. */
static int claim(struct find *f, const char *path, unsigned int claims)
{
	const struct entry probe = { .path = (char *)path, .exists = true, .st.st_mode = S_IFDIR, .claims = claims };
	struct entries *entries = &f->files->entries;
	int r = 0;

	if (!skip_prefix(path, "/var/") || rules_decide(&probe, &f->rules).action == ACTION_LEAVE)
		return 0;
	for (size_t i = entries_from(entries, path); i < entries->n && r == 0; i++) {
		struct entry *e = &entries->v[i];
		bool taken;
		struct verdict verdict;

		if (!skip_prefix(e->path, path))
			break;
		if (!path_within(e->path, path) || (e->claims & claims)) /* 'a-b' comes between 'a' and 'a/b' */
			continue;
		taken = rules_decide(e, &f->rules).action == ACTION_TAKE;
		e->claims |= claims;
		verdict = rules_decide(e, &f->rules);
		if (taken || verdict.action != ACTION_TAKE) /* what was taken before was walked or scanned before */
			continue;
		if (entry_is_directory(e))
			r = walk(f, e->path, verdict.claims, 0);
		else
			r = keys_scan(f->search, e);
	}
	return r;
}

/* Whether a directory of which configuration names a file may be the service's. It is not if it belongs to a user as
 * which the service does not run, or if systemd made it for another service with DynamicUser= (systemd.exec(5)). */
static bool may_be_own(const struct find *f, const char *dir)
{
	static const char *const dynamic[] = { "/var/lib/private", "/var/log/private", "/var/cache/private" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(dynamic); i++)
		if (path_within(dir, dynamic[i]) && !path_within_any(dir, f->rq->own_dirs))
			return false;
	return rootfd_lstat(root_fd(f), dir, WALK_TREE, &st) == 0 && (st.st_uid == 0 || is_unit_uid(f->rq, st.st_uid));
}

/* Adds a path that configuration names; of a file in /var, also the directory, in which the service may write more. */
static int walk_configured(struct find *f, const char *path, unsigned int claims)
{
	_cleanup_(freep) char *dir = path_parent(path);
	struct stat st;
	int r = rootfd_lstat(root_fd(f), path, WALK_TREE, &st);

	if (r < 0)
		return rootfd_is_missing(r) ? 0 : log_error_errno(r, "Cannot examine '%s': %m", path);
	if (S_ISREG(st.st_mode) && skip_prefix(dir, "/var/") && may_be_own(f, dir))
		r = walk_text_mention(f, dir, claims);
	return r < 0 ? r : walk_text_mention(f, path, claims);
}

/* Follows what is named after the service's configuration was read. */
static int walk_configuration(struct find *f, const struct strv *configured)
{
	const struct {
		const struct strv *paths;
		unsigned int claims;
	} lists[] = { { f->rq->named, CLAIM_NAMED }, { f->rq->scripted, CLAIM_SCRIPT }, { configured, CLAIM_CONFIG } };
	int r = visit_all(f, configured, CLAIM_CONFIG, walk_configured);

	if (r == 0)
		r = walk_links(f);
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < lists[l].paths->n && r == 0; i++)
			r = claim(f, lists[l].paths->v[i], lists[l].claims);
	return r;
}

static int find_all(struct find *f)
{
	_cleanup_(strv_done) struct strv hashes = { 0 }, configured = { 0 };
	_cleanup_(freep) char *open_dir = NULL;
	size_t room = CONTENTS_MAX;
	const struct key_search search = {
		.root_fd = root_fd(f),
		.rules = &f->rules,
		.hashes = &hashes,
		.room = &room,
		.open_dir = &open_dir,
		.users = f->rq->users,
		.mentioned = f->rq->mentioned,
		.configured = &configured,
		.local = f->rq->local,
	};
	int r = add_packages(f);

	if (r == 0)
		r = walk_disk(f);
	if (r < 0)
		return r;
	merge(f);
	r = keys_read_hashes(root_fd(f), &hashes);
	f->search = &search;
	for (size_t i = 0; i < f->files->entries.n && r == 0; i++)
		r = keys_scan(&search, &f->files->entries.v[i]);
	if (r < 0)
		return r;
	strv_sort_unique(&configured);
	r = walk_configuration(f, &configured);
	for (size_t i = 0; i < f->found.n && r == 0; i++)
		r = keys_scan(&search, &f->found.v[i]);
	if (r < 0)
		return r;
	merge(f);
	r = keys_find(&search, &f->files->entries, &f->files->left, &f->files->lost_keys);
	return r < 0 ? r : entries_complete(f->rq->spec, &f->rules, &f->files->entries, &f->files->left);
}

int files_find(const struct files_request *request, struct files *ret)
{
	_cleanup_(files_done) struct files files = { 0 };
	struct find f = {
		.rq = request,
		.rules = { request->spec->copy_var, request->spec->copy_var || request->spec->copy_keys,
			   request->unit_names, request->written, request->live, false },
		.files = &files,
	};
	int r = find_all(&f);

	entries_done(&f.recorded);
	entries_done(&f.found);
	free(f.root_dir);
	if (r < 0)
		return r;
	*ret = files;
	files = (struct files){ 0 };
	return 0;
}

void files_done(struct files *files)
{
	entries_done(&files->entries);
	entries_done(&files->left);
	strv_done(&files->units);
	strv_done(&files->sysusers);
	strv_done(&files->bus_policies);
	strv_done(&files->lost_keys);
	strv_done(&files->linked);
	*files = (struct files){ 0 };
}
