/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Debian's package database, read from its files: they are text, documented and stable, whereas libdpkg is neither a
 * shared library nor stable. No lock is needed, because dpkg replaces its files by renaming. */
#include "package/pkg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "package/debconf.h"
#include "package/dpkg-files.h"
#include "package/dpkg-status.h"
#include "base/path.h"
#include "base/log.h"
#include "base/rootfd.h"

#define STATUS_FILE "/var/lib/dpkg/status"

enum { STATUS_MAX_BYTES = 256 << 20 };

struct pkg_db {
	char *root; /* for messages */
	struct dpkg_status status;
	struct dpkg_files lists;
	struct pkg_index leftovers; /* configuration files of removed packages, to their places in status.removed */
};

static bool dpkg_present(int root_fd)
{
	struct stat st;

	return rootfd_lstat(root_fd, STATUS_FILE, WALK_ROOT, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static void dpkg_close(struct pkg_db *db)
{
	if (!db)
		return;
	dpkg_status_done(&db->status);
	dpkg_files_done(&db->lists);
	pkg_index_done(&db->leftovers);
	free(db->root);
	free(db);
}

static void dpkg_closep(struct pkg_db **db)
{
	dpkg_close(*db);
}

static int log_damage(const struct pkg_db *db, int r, const char *path)
{
	return log_error_errno(r, "Cannot read dpkg's database '%s' below '%s': %m", path, db->root);
}

static int read_status(struct pkg_db *db, int root_fd)
{
	char *text;
	size_t len;
	int r = rootfd_read(root_fd, STATUS_FILE, WALK_ROOT, STATUS_MAX_BYTES, &text, &len);

	if (r < 0)
		return log_damage(db, r, STATUS_FILE);
	if (len == 0 || text[len - 1] != '\n') {
		free(text);
		return log_error_errno(-EBADMSG,
				       "dpkg's database '%s' below '%s' is damaged: it ends in the middle of a line.",
				       STATUS_FILE, db->root);
	}
	dpkg_status_parse(text, len, &db->status);
	return 0;
}

static int dpkg_open(const char *root, int root_fd, struct pkg_db **ret)
{
	_cleanup_(dpkg_closep) struct pkg_db *db = xcalloc(1, sizeof(*db));
	int r;

	db->root = xstrdup(root);
	db->lists.info_fd = -1;
	r = read_status(db, root_fd);
	if (r < 0)
		return r;
	r = dpkg_files_open(root_fd, &db->lists);
	if (r < 0)
		return log_damage(db, r, "/var/lib/dpkg/info");
	*ret = steal_ptr(db);
	return 0;
}

static struct dpkg_package *find_or_log(struct pkg_db *db, const char *id)
{
	struct dpkg_package *package = dpkg_status_find(&db->status, id);

	if (!package)
		log_error("Package '%s' is not installed below '%s'.", id, db->root);
	return package;
}

static int dpkg_find(struct pkg_db *db, const char *name, char **ret_id)
{
	struct dpkg_package *package = dpkg_status_find(&db->status, name);

	if (!package)
		return -ENOENT;
	*ret_id = dpkg_status_id(package);
	return 0;
}

/* Appends the id of each of 'picks' once, except that of 'self'. */
static void add_ids(const struct pkg_db *db, struct pkg_picks *picks, const struct dpkg_package *self, struct strv *ret)
{
	pkg_picks_sort_unique(picks);
	for (size_t i = 0; i < picks->n; i++)
		if (&db->status.v[picks->v[i]] != self)
			strv_take(ret, dpkg_status_id(&db->status.v[picks->v[i]]));
}

static int dpkg_owners(struct pkg_db *db, const char *path, struct strv *ret)
{
	_cleanup_(freep) char *normal = path_merge(path);
	_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };
	int r = dpkg_files_owners(&db->lists, &db->status, normal, &picks);

	add_ids(db, &picks, NULL, ret);
	return r < 0 ? log_damage(db, r, "/var/lib/dpkg/info") : 0;
}

static int dpkg_requires(struct pkg_db *db, const char *id, bool weak, struct strv *ret)
{
	const struct dpkg_package *package = find_or_log(db, id);
	_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };
	struct dpkg_text group;

	if (!package)
		return -ENOENT;
	for (enum dpkg_field f = DPKG_DEPENDS; f <= DPKG_RECOMMENDS; f++) {
		struct dpkg_text rest = package->field[f];

		if ((f == DPKG_RECOMMENDS) != weak)
			continue;
		while (dpkg_text_cut(&rest, ',', &group))
			dpkg_status_satisfy(&db->status, package, group, &picks);
	}
	add_ids(db, &picks, package, ret);
	return 0;
}

static bool requires_it(const struct dpkg_package *package, const struct dpkg_package *wanted)
{
	const struct dpkg_text name = wanted->field[DPKG_PACKAGE];
	struct dpkg_relation relation;

	for (enum dpkg_field f = DPKG_DEPENDS; f < DPKG_RECOMMENDS; f++) {
		struct dpkg_text rest = package->field[f], group, item;

		if (!rest.n || !memmem(rest.p, rest.n, name.p, name.n))
			continue;
		while (dpkg_text_cut(&rest, ',', &group))
			while (dpkg_text_cut(&group, '|', &item))
				if (dpkg_relation_parse(item, &relation) && dpkg_text_equal(relation.name, name))
					return true;
	}
	return false;
}

static int dpkg_requirers(struct pkg_db *db, const char *id, struct strv *ret)
{
	const struct dpkg_package *wanted = find_or_log(db, id);

	if (!wanted)
		return -ENOENT;
	for (size_t i = 0; i < db->status.n; i++)
		if (requires_it(&db->status.v[i], wanted))
			strv_take(ret, dpkg_status_id(&db->status.v[i]));
	return 0;
}

/* --- files ----------------------------------------------------------------------------------------------- */

enum conffile { CONFFILE = 1, CONFFILE_OBSOLETE };

typedef void (*conffile_fn)(void *arg, const char *path, enum conffile kind);

struct listing {
	struct pkg_index conffiles;
	struct pkg_files *files;
};

/* Lines of 'path digest', 'path digest obsolete' or 'path digest remove-on-upgrade'. The path may contain blanks. */
static void each_conffile(const struct dpkg_package *package, conffile_fn found, void *arg)
{
	struct dpkg_text rest = package->field[DPKG_CONFFILES], line;

	while (dpkg_text_cut(&rest, '\n', &line)) {
		enum conffile kind = CONFFILE;
		_cleanup_(freep) char *text = NULL, *path = NULL;
		char *blank;

		line = dpkg_text_trim(line);
		text = xstrndup(line.p, line.n);
		if (has_suffix(text, " obsolete") || has_suffix(text, " remove-on-upgrade")) {
			kind = CONFFILE_OBSOLETE;
			*strrchr(text, ' ') = '\0';
		}
		blank = strrchr(text, ' ');
		if (!blank)
			continue;
		*blank = '\0';
		path = path_merge(text);
		found(arg, path, kind);
	}
}

static void index_conffile(void *arg, const char *path, enum conffile kind)
{
	pkg_index_add(arg, path, strlen(path), kind);
}

static void list_found(void *arg, const char *path)
{
	struct listing *listing = arg;
	size_t n;
	const struct pkg_row *conffile = pkg_index_find(&listing->conffiles, path, strlen(path), &n);

	if (!pkg_path_matters(path) || (n > 0 && conffile->value == CONFFILE_OBSOLETE))
		return;
	grow(listing->files->v, listing->files->n);
	listing->files->v[listing->files->n++] = (struct pkg_file){ xstrdup(path), n > 0 };
}

static int dpkg_files(struct pkg_db *db, const char *id, struct pkg_files *ret)
{
	const struct dpkg_package *package = find_or_log(db, id);
	struct listing listing = { .files = ret };
	int r;

	if (!package)
		return -ENOENT;
	each_conffile(package, index_conffile, &listing.conffiles);
	r = dpkg_files_each(&db->lists, &db->status, (uint32_t)(package - db->status.v), list_found, &listing);
	pkg_index_done(&listing.conffiles);
	return r < 0 ? log_error_errno(r, "Cannot read the list of files of package '%s' below '%s': %m", id, db->root)
		     : 0;
}

/* What index_leftover() has to know of a removed package. */
struct leftover {
	struct pkg_db *db;
	uint32_t place;
};

static void index_leftover(void *arg, const char *path, enum conffile kind)
{
	struct leftover *l = arg;

	(void)kind;
	pkg_index_add(&l->db->leftovers, path, strlen(path), l->place);
}

static char *dpkg_removed(struct pkg_db *db, const char *path)
{
	_cleanup_(freep) char *normal = path_merge(path);
	const struct pkg_row *row;
	struct dpkg_text name;
	size_t n;

	if (!db->leftovers.sorted)
		for (uint32_t i = 0; i < db->status.n_removed; i++)
			each_conffile(&db->status.removed[i], index_leftover, &(struct leftover){ db, i });
	row = pkg_index_find(&db->leftovers, normal, strlen(normal), &n);
	if (!row)
		return NULL;
	name = db->status.removed[row->value].field[DPKG_PACKAGE];
	return xstrndup(name.p, name.n);
}

/* deb-src-control(5): 'Source: NAME' or 'NAME (VERSION)', if it differs from the package's name. */
static char *dpkg_source(struct pkg_db *db, const char *id)
{
	const struct dpkg_package *package = dpkg_status_find(&db->status, id);
	struct dpkg_text name, rest;

	if (!package)
		return xstrdup("");
	rest = package->field[package->field[DPKG_SOURCE].n ? DPKG_SOURCE : DPKG_PACKAGE];
	return dpkg_text_cut(&rest, ' ', &name) ? xstrndup(name.p, name.n) : xstrdup("");
}

static char *dpkg_version(struct pkg_db *db, const char *id)
{
	const struct dpkg_package *package = dpkg_status_find(&db->status, id);

	return package ? xstrndup(package->field[DPKG_VERSION].p, package->field[DPKG_VERSION].n) : NULL;
}

static int dpkg_compare(const char *version, const char *other)
{
	return dpkg_version_compare((struct dpkg_text){ version, strlen(version) },
				    (struct dpkg_text){ other, strlen(other) });
}

static int dpkg_scripts(struct pkg_db *db, const char *id, char **ret)
{
	static const char *const suffixes[] = { "preinst", "postinst" };
	const struct dpkg_package *package = find_or_log(db, id);
	_cleanup_(buf_done) struct buf text = { 0 };

	if (!package)
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		int r = dpkg_files_read(&db->lists, package, suffixes[i]);
		const struct buf *script = &db->lists.buffer;

		if (r < 0 && r != -ENOENT)
			return log_error_errno(r, "Cannot read the %s script of package '%s' below '%s': %m",
					       suffixes[i], id, db->root);
		if (r >= 0 && !memchr(script->text, '\0', script->len)) /* a few are binaries, not scripts */
			buf_add(&text, script->text, script->len);
	}
	*ret = buf_steal(&text);
	return 0;
}

/* Reads a file of text; *ret is NULL if there is none. 1 if the file exists, 0, or -errno after a message. */
static int read_info(struct pkg_db *db, const struct dpkg_package *package, const char *suffix, char **ret)
{
	const struct buf *file = &db->lists.buffer;
	int r = dpkg_files_read(&db->lists, package, suffix);

	if (r < 0 && r != -ENOENT)
		return log_error_errno(r, "Cannot read the file '%s' of package '%.*s' below '%s': %m", suffix,
				       (int)package->field[DPKG_PACKAGE].n, package->field[DPKG_PACKAGE].p, db->root);
	*ret = r < 0 || memchr(file->text, '\0', file->len) ? NULL : xstrndup(file->text, file->len);
	return r >= 0;
}

/* deb-postinst(5), and dpkg(1), ENVIRONMENT, Internal environment. */
static int dpkg_script(struct pkg_db *db, const char *id, struct pkg_script *ret)
{
	const struct dpkg_package *package = find_or_log(db, id);
	struct pkg_script script = { .arguments = "configure \"\"" };
	int r;

	if (!package)
		return -ENOENT;
	r = read_info(db, package, "postinst", &script.text);
	if (r <= 0)
		return r;
	if (!script.text || !skip_prefix(script.text, "#!")) {
		script.unfit = "it is not a script, but a program";
		*ret = script;
		return 1;
	}
	r = read_info(db, package, "config", &script.config);
	if (r >= 0)
		r = read_info(db, package, "templates", &script.templates);
	if (r < 0) {
		pkg_script_done(&script);
		return r;
	}
	if (script.templates)
		script.answers = debconf_answers(db->lists.root_fd, package->field[DPKG_PACKAGE]);
	strv_add(&script.environment, "DEBIAN_FRONTEND=noninteractive");
	strv_add(&script.environment, "DPKG_MAINTSCRIPT_NAME=postinst");
	strv_addf(&script.environment, "DPKG_MAINTSCRIPT_PACKAGE=%.*s", (int)package->field[DPKG_PACKAGE].n,
		  package->field[DPKG_PACKAGE].p);
	strv_addf(&script.environment, "DPKG_MAINTSCRIPT_ARCH=%.*s", (int)package->field[DPKG_ARCHITECTURE].n,
		  package->field[DPKG_ARCHITECTURE].p);
	strv_add(&script.environment, "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1");
	strv_add(&script.environment, "DPKG_ADMINDIR=/var/lib/dpkg");
	strv_add(&script.environment, "DPKG_ROOT=");
	*ret = script;
	return 1;
}

static int dpkg_keep(struct pkg_db *db)
{
	return dpkg_files_keep(&db->lists);
}

const struct pkg_backend pkg_dpkg = {
	.name = "dpkg",
	.present = dpkg_present,
	.open = dpkg_open,
	.close = dpkg_close,
	.owners = dpkg_owners,
	.requires = dpkg_requires,
	.requirers = dpkg_requirers,
	.files = dpkg_files,
	.scripts = dpkg_scripts,
	.script = dpkg_script,
	.find = dpkg_find,
	.source = dpkg_source,
	.version = dpkg_version,
	.compare = dpkg_compare,
	.removed = dpkg_removed,
	.keep = dpkg_keep,
};
