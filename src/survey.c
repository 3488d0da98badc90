/* See survey.h. First the packages' own records, sorted and merged; then the disk is asked about each; then directories
 * are walked for what no package owns. */
#include "survey.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "rootfd.h"
#include "sniff.h"
#include "unit-name.h"

#define WALK_DEPTH_MAX 64
#define ENTRIES_MAX 4000000

struct walk_state {
	const struct survey_request *rq;
	struct survey *survey;
	size_t n_owned; /* the first n_owned entries come from packages and are sorted */
};

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

static struct entry *find_entry(struct entry *v, size_t n, const char *path)
{
	struct entry key = { .path = (char *)path };

	return n ? bsearch(&key, v, n, sizeof(*v), compare_entries) : NULL;
}

struct entry *survey_find(const struct survey *survey, const char *path)
{
	return find_entry(survey->v, survey->n, path);
}

static void entry_done(struct entry *e)
{
	free(e->path);
	free(e->target);
}

static struct entry *add_entry(struct survey *s, char *path)
{
	grow(s->v, s->n);
	s->v[s->n] = (struct entry){ .path = path };
	return &s->v[s->n++];
}

/* Sorts and makes one entry of those with the same path. */
static void merge_entries(struct survey *s)
{
	size_t kept = 0;

	qsort(s->v, s->n, sizeof(*s->v), compare_entries);
	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->v[i], *last = kept ? &s->v[kept - 1] : NULL;

		if (!last || strcmp(last->path, e->path) != 0) {
			s->v[kept++] = *e;
			continue;
		}
		if (!last->package || (e->of_root && !last->of_root))
			last->package = e->package ? e->package : last->package;
		last->of_root |= e->of_root;
		last->config |= e->config;
		last->unit_own |= e->unit_own;
		entry_done(e);
	}
	s->n = kept;
}

static int add_package(struct survey *s, const struct survey_request *rq, const char *package)
{
	_cleanup_(pkg_files_done) struct pkg_files files = { 0 };
	bool root = strv_find(rq->roots, package);
	int r = rq->backend->files(rq->db, package, &files);

	if (r < 0)
		return r;
	for (size_t i = 0; i < files.n; i++) {
		const char *unit = skip_prefix(files.v[i].path, "/usr/lib/systemd/system/");
		struct entry *e;

		if (unit && unit_name_kind(unit) != UNIT_NAME_INVALID)
			strv_add(&s->units, unit);
		if (skip_prefix(files.v[i].path, "/usr/lib/sysusers.d/"))
			strv_add(&s->sysusers, files.v[i].path);
		if (!skip_prefix(files.v[i].path, "/etc/") && !skip_prefix(files.v[i].path, "/var/"))
			continue;
		e = add_entry(s, steal_ptr(files.v[i].path));
		e->package = package;
		e->of_root = root;
		e->config = files.v[i].flags & PKG_FILE_CONFIG;
	}
	return 0;
}

static int read_target(int dir, const char *name, struct entry *e)
{
	char target[4096];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0 || (size_t)n == sizeof(target))
		return n < 0 ? -errno : -ENAMETOOLONG;
	e->target = xstrndup(target, (size_t)n);
	return 0;
}

/* Fills in what the disk says of 'name' in 'dir'; what went away meanwhile does not exist. */
static int stat_entry(int dir, const char *name, struct entry *e)
{
	if (fstatat(dir, name, &e->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	e->exists = true;
	return S_ISLNK(e->st.st_mode) ? read_target(dir, name, e) : 0;
}

/* The entries are sorted, so that those of one directory mostly follow each other: it is opened once for them. */
static int stat_owned(struct survey *s, int root_fd)
{
	_cleanup_(closep) int dir = -1;
	const char *dir_of = "";
	size_t dir_len = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->v[i];
		const char *name = strrchr(e->path, '/') + 1;
		size_t len = (size_t)(name - e->path);
		int r;

		if (len != dir_len || strncmp(dir_of, e->path, len) != 0) {
			closep(&dir);
			dir = rootfd_parent(root_fd, e->path, WALK_TREE, &name);
			dir_of = e->path;
			dir_len = len;
		}
		if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP)
			continue; /* not there, or behind a link such as /var/run */
		r = dir < 0 ? dir : stat_entry(dir, name, e);
		if (r < 0)
			return log_error_errno(r, "Cannot look at '%s': %m", e->path);
	}
	return 0;
}

static bool outside_closure(const struct strv *owners, const struct strv *closure)
{
	for (size_t i = 0; i < owners->n; i++)
		if (!strv_find(closure, owners->v[i]))
			return true;
	return false;
}

/* Whose a directory that is taken whole is, and so what is in it. */
struct taken {
	bool of_root, unit_own;
};

static int walk(struct walk_state *w, const char *path, struct taken by, unsigned int depth);

/* One name in a directory that is taken whole: passed over where a package owns it, else an entry of its own. */
static int walk_child(struct walk_state *w, int dir, const char *parent, const char *name, struct taken by,
		      unsigned int depth)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	_cleanup_(freep) char *path = xasprintf("%s/%s", parent, name);
	_cleanup_(freep) char *again = NULL;
	struct entry *e;
	int r;

	if (find_entry(w->survey->v, w->n_owned, path))
		return 0;
	r = w->rq->backend->owners(w->rq->db, path, &owners);
	if (r < 0 || owners.n > 0)
		return r;
	if (w->survey->n >= ENTRIES_MAX)
		return log_error_errno(-E2BIG, "'%s' and what is beside it hold more than %d files; move some away.",
				       parent, ENTRIES_MAX);
	again = xstrdup(path);
	e = add_entry(w->survey, steal_ptr(path));
	e->of_root = by.of_root;
	e->unit_own = by.unit_own;
	r = stat_entry(dir, name, e);
	if (r < 0)
		return log_error_errno(r, "Cannot look at '%s': %m", again);
	return S_ISDIR(e->st.st_mode) ? walk(w, again, by, depth + 1) : 0;
}

static int walk(struct walk_state *w, const char *path, struct taken by, unsigned int depth)
{
	_cleanup_(closep) int dir = rootfd_openat(w->rq->root_fd, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, WALK_TREE);
	_cleanup_(strv_done) struct strv names = { 0 };
	int r;

	if (depth > WALK_DEPTH_MAX)
		return log_error_errno(-ELOOP, "'%s' is nested too deeply; move it away.", path);
	r = dir < 0 ? dir : rootfd_list(dir, ".", WALK_TREE, &names);
	if (r < 0)
		return log_error_errno(r, "Cannot read directory '%s': %m", path);
	for (size_t i = 0; i < names.n; i++) {
		r = walk_child(w, dir, path, names.v[i], by, depth);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool in_own_dir(const struct survey_request *rq, const char *path)
{
	for (size_t i = 0; i < rq->own_dirs->n; i++) {
		const char *rest = skip_prefix(path, rq->own_dirs->v[i]);

		if (rest && (*rest == '\0' || *rest == '/'))
			return true;
	}
	return false;
}

/* Whether a directory of the closure's is taken with what no package owns: a root's own, or one whose every owner is in
 * the closure; never a place that is common to all packages. */
static int taken_whole(struct walk_state *w, const struct entry *e)
{
	_cleanup_(strv_done) struct strv owners = { 0 };
	int r;

	if (!e->exists || !S_ISDIR(e->st.st_mode) || layout_common(e->path))
		return 0;
	if (skip_prefix(e->path, "/var/") && !w->rq->copy_var)
		return 0;
	if (e->of_root || e->unit_own)
		return 1;
	r = w->rq->backend->owners(w->rq->db, e->path, &owners);
	return r < 0 ? r : !outside_closure(&owners, w->rq->closure);
}

static int walk_owned(struct walk_state *w)
{
	for (size_t i = 0; i < w->n_owned; i++) {
		_cleanup_(freep) char *path = NULL; /* the array moves while it grows */
		int r = taken_whole(w, &w->survey->v[i]);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		path = xstrdup(w->survey->v[i].path);
		r = walk(w, path, (struct taken){ w->survey->v[i].of_root, w->survey->v[i].unit_own }, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A path that nobody's records led to: it and what is below, if it is there. */
static int walk_place(struct walk_state *w, const char *path, bool unit_own, bool content)
{
	const char *name;
	_cleanup_(closep) int dir = rootfd_parent(w->rq->root_fd, path, WALK_TREE, &name);
	struct entry *e, probe = { .path = (char *)path };
	int r;

	if (dir < 0)
		return 0;
	r = stat_entry(dir, name, &probe);
	if (r < 0)
		return log_error_errno(r, "Cannot look at '%s': %m", path);
	if (!probe.exists)
		return 0;
	if (!find_entry(w->survey->v, w->n_owned, path)) {
		probe.path = xstrdup(path);
		probe.unit_own = unit_own;
		e = add_entry(w->survey, probe.path);
		*e = probe;
	} else {
		free(probe.target);
	}
	return content && S_ISDIR(probe.st.st_mode) ? walk(w, path, (struct taken){ .unit_own = unit_own }, 0) : 0;
}

static int walk_borrowed(struct walk_state *w)
{
	for (size_t i = 0; layout_borrowed_place(i); i++) {
		int r = walk_place(w, layout_borrowed_place(i), false, true);

		if (r < 0)
			return r;
	}
	/* The administrator's own units, drop-ins and aliases; the rules take those of the closure. */
	return walk_place(w, "/etc/systemd/system", false, true);
}

static bool is_unit_uid(const struct survey_request *rq, uid_t uid)
{
	for (size_t i = 0; i < rq->n_unit_uids; i++)
		if (rq->unit_uids[i] == uid)
			return true;
	return false;
}

/* Folders that no package owns and that belong to the user whom a unit runs as, and those that units name. */
static int walk_unit_own(struct walk_state *w)
{
	static const char *const places[] = { "/var/lib", "/var/log", "/var/cache", "/var/spool" };

	for (size_t i = 0; i < w->rq->own_dirs->n; i++) {
		const char *path = w->rq->own_dirs->v[i];
		int r = walk_place(w, path, true, !skip_prefix(path, "/var/") || w->rq->copy_var);

		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places) && w->rq->n_unit_uids > 0; i++) {
		_cleanup_(strv_done) struct strv names = { 0 };

		if (rootfd_list(w->rq->root_fd, places[i], WALK_TREE, &names) < 0)
			continue;
		for (size_t k = 0; k < names.n; k++) {
			_cleanup_(freep) char *path = xasprintf("%s/%s", places[i], names.v[k]);
			struct stat st;
			int r;

			if (rootfd_lstat(w->rq->root_fd, path, WALK_TREE, &st) < 0 || !S_ISDIR(st.st_mode) ||
			    !is_unit_uid(w->rq, st.st_uid) || find_entry(w->survey->v, w->n_owned, path))
				continue;
			r = walk_place(w, path, true, w->rq->copy_var);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int survey_packages(const struct survey_request *rq, struct survey *s)
{
	for (size_t i = 0; i < rq->closure->n; i++) {
		int r = add_package(s, rq, rq->closure->v[i]);

		if (r < 0)
			return r;
	}
	strv_sort_unique(&s->units);
	merge_entries(s);
	for (size_t i = 0; i < s->n; i++)
		s->v[i].unit_own = in_own_dir(rq, s->v[i].path);
	return stat_owned(s, rq->root_fd);
}

/* Every directory on the way to an entry becomes an entry, also where no package records it. */
static void add_parents(struct survey *s, int root_fd)
{
	size_t n = s->n;

	for (size_t i = 0; i < n; i++) {
		_cleanup_(freep) char *path = xstrdup(s->v[i].path);

		for (;;) {
			struct entry *e;
			const char *name;
			_cleanup_(closep) int dir = -1;

			*strrchr(path, '/') = '\0';
			if (!strchr(path + 1, '/') || find_entry(s->v, n, path))
				break;
			e = add_entry(s, xstrdup(path));
			dir = rootfd_parent(root_fd, path, WALK_TREE, &name);
			if (dir >= 0 && stat_entry(dir, name, e) < 0)
				e->exists = false;
		}
	}
	merge_entries(s);
}

int survey_run(const struct survey_request *request, struct survey *ret)
{
	_cleanup_(survey_done) struct survey s = { 0 };
	struct walk_state w = { .rq = request, .survey = &s };
	int r = survey_packages(request, &s);

	if (r < 0)
		return r;
	w.n_owned = s.n;
	r = walk_owned(&w);
	if (r == 0)
		r = walk_borrowed(&w);
	if (r == 0)
		r = walk_unit_own(&w);
	if (r < 0)
		return r;
	merge_entries(&s);
	add_parents(&s, request->root_fd);
	for (size_t i = 0; i < s.n; i++)
		sniff_entry(request, &s.v[i]);
	sniff_companions(&s);
	*ret = s;
	s = (struct survey){ 0 };
	return 0;
}

void survey_done(struct survey *survey)
{
	for (size_t i = 0; i < survey->n; i++)
		entry_done(&survey->v[i]);
	free(survey->v);
	strv_done(&survey->units);
	strv_done(&survey->sysusers);
	*survey = (struct survey){ 0 };
}
