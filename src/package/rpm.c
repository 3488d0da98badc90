/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rpm database, by librpm, which no other file includes, and which is loaded only for a root that has such a
 * database. One pass over all headers reads what is needed again and again: names, provides, and the paths that matter.
 * That is cheaper than rpm's own indices, which load a whole header for each match, and which are used for rare
 * searches. Nothing is written into the root. */
#include "package/pkg.h"

#include <errno.h>
#include <fcntl.h>
#include <rpm/header.h>
#include <rpm/rpmdb.h>
#include <rpm/rpmds.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmstrpool.h>
#include <rpm/rpmts.h>
#include <rpm/rpmver.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/library.h"
#include "base/log.h"
#include "package/pkg-index.h"
#include "base/rootfd.h"
#include "package/rpm-dbpath.h"
#include "package/rpm-table.h"

/* The functions of the library that are used. */
static struct {
	__typeof__(headerFree) *headerFree;
	__typeof__(headerGet) *headerGet;
	__typeof__(headerGetAsString) *headerGetAsString;
	__typeof__(headerGetString) *headerGetString;
	__typeof__(headerLink) *headerLink;
	__typeof__(rpmPopMacro) *rpmPopMacro;
	__typeof__(rpmPushMacro) *rpmPushMacro;
	__typeof__(rpmdbFreeIterator) *rpmdbFreeIterator;
	__typeof__(rpmdbGetIteratorOffset) *rpmdbGetIteratorOffset;
	__typeof__(rpmdbNextIterator) *rpmdbNextIterator;
	__typeof__(rpmdsCompare) *rpmdsCompare;
	__typeof__(rpmdsFlags) *rpmdsFlags;
	__typeof__(rpmdsFree) *rpmdsFree;
	__typeof__(rpmdsInit) *rpmdsInit;
	__typeof__(rpmdsIsRich) *rpmdsIsRich;
	__typeof__(rpmdsN) *rpmdsN;
	__typeof__(rpmdsNewPool) *rpmdsNewPool;
	__typeof__(rpmdsNext) *rpmdsNext;
	__typeof__(rpmdsParseRichDep) *rpmdsParseRichDep;
	__typeof__(rpmdsSingle) *rpmdsSingle;
	__typeof__(rpmlogRecMessage) *rpmlogRecMessage;
	__typeof__(rpmlogRecPriority) *rpmlogRecPriority;
	__typeof__(rpmlogSetCallback) *rpmlogSetCallback;
	__typeof__(rpmstrPoolCreate) *rpmstrPoolCreate;
	__typeof__(rpmstrPoolFree) *rpmstrPoolFree;
	__typeof__(rpmtdCount) *rpmtdCount;
	__typeof__(rpmtdFreeData) *rpmtdFreeData;
	__typeof__(rpmtdGetNumber) *rpmtdGetNumber;
	__typeof__(rpmtdGetString) *rpmtdGetString;
	__typeof__(rpmtdNext) *rpmtdNext;
	__typeof__(rpmtdSetIndex) *rpmtdSetIndex;
	__typeof__(rpmtsCreate) *rpmtsCreate;
	__typeof__(rpmtsFree) *rpmtsFree;
	__typeof__(rpmtsInitIterator) *rpmtsInitIterator;
	__typeof__(rpmtsOpenDB) *rpmtsOpenDB;
	__typeof__(rpmtsSetRootDir) *rpmtsSetRootDir;
	__typeof__(rpmtsSetVSFlags) *rpmtsSetVSFlags;
	__typeof__(rpmverCmp) *rpmverCmp;
	__typeof__(rpmverFree) *rpmverFree;
	__typeof__(rpmverParse) *rpmverParse;
} lib;

static const struct library_function functions[] = {
	{ "headerFree", &lib.headerFree },
	{ "headerGet", &lib.headerGet },
	{ "headerGetAsString", &lib.headerGetAsString },
	{ "headerGetString", &lib.headerGetString },
	{ "headerLink", &lib.headerLink },
	{ "rpmPopMacro", &lib.rpmPopMacro },
	{ "rpmPushMacro", &lib.rpmPushMacro },
	{ "rpmdbFreeIterator", &lib.rpmdbFreeIterator },
	{ "rpmdbGetIteratorOffset", &lib.rpmdbGetIteratorOffset },
	{ "rpmdbNextIterator", &lib.rpmdbNextIterator },
	{ "rpmdsCompare", &lib.rpmdsCompare },
	{ "rpmdsFlags", &lib.rpmdsFlags },
	{ "rpmdsFree", &lib.rpmdsFree },
	{ "rpmdsInit", &lib.rpmdsInit },
	{ "rpmdsIsRich", &lib.rpmdsIsRich },
	{ "rpmdsN", &lib.rpmdsN },
	{ "rpmdsNewPool", &lib.rpmdsNewPool },
	{ "rpmdsNext", &lib.rpmdsNext },
	{ "rpmdsParseRichDep", &lib.rpmdsParseRichDep },
	{ "rpmdsSingle", &lib.rpmdsSingle },
	{ "rpmlogRecMessage", &lib.rpmlogRecMessage },
	{ "rpmlogRecPriority", &lib.rpmlogRecPriority },
	{ "rpmlogSetCallback", &lib.rpmlogSetCallback },
	{ "rpmstrPoolCreate", &lib.rpmstrPoolCreate },
	{ "rpmstrPoolFree", &lib.rpmstrPoolFree },
	{ "rpmtdCount", &lib.rpmtdCount },
	{ "rpmtdFreeData", &lib.rpmtdFreeData },
	{ "rpmtdGetNumber", &lib.rpmtdGetNumber },
	{ "rpmtdGetString", &lib.rpmtdGetString },
	{ "rpmtdNext", &lib.rpmtdNext },
	{ "rpmtdSetIndex", &lib.rpmtdSetIndex },
	{ "rpmtsCreate", &lib.rpmtsCreate },
	{ "rpmtsFree", &lib.rpmtsFree },
	{ "rpmtsInitIterator", &lib.rpmtsInitIterator },
	{ "rpmtsOpenDB", &lib.rpmtsOpenDB },
	{ "rpmtsSetRootDir", &lib.rpmtsSetRootDir },
	{ "rpmtsSetVSFlags", &lib.rpmtsSetVSFlags },
	{ "rpmverCmp", &lib.rpmverCmp },
	{ "rpmverFree", &lib.rpmverFree },
	{ "rpmverParse", &lib.rpmverParse },
};

/* One Provides of one package. */
struct provided {
	uint32_t package;
	uint32_t evr; /* offset in db->evrs */
	rpmsenseFlags flags;
};

struct pkg_db {
	char *root; /* for messages */
	struct rpm_dbpath place;
	rpmts ts;
	rpmstrPool pool; /* of the requirements: librpm parses rich ones only with a pool that may grow */
	char *complaint; /* the first error that librpm reported */
	char *warning;	 /* the same for warnings */
	bool whole;	 /* db->table.paths has all paths, because rpm's own index is not used */
	struct rpm_table table;
	struct provided *provided;
	size_t n_provided;
	struct buf evrs;
	struct pkg_index provides; /* to the places in provided */
	bool any_version;	   /* versions are ignored at present */
};

/* --- what a header says ---------------------------------------------------------------------------------- */

enum { DIRS, BASES, DIR_OF, STATES, FLAGS, N_TAGS };

/* The tags about files. Each is an array with an element for each file, except DIRS. */
struct tags {
	struct rpmtd_s td[N_TAGS];
	size_t n; /* loaded so far */
};

static void tags_done(struct tags *tags)
{
	for (size_t i = 0; i < tags->n; i++)
		lib.rpmtdFreeData(&tags->td[i]);
}

static void tags_load(struct tags *tags, Header h, size_t n)
{
	static const rpmTagVal tag[N_TAGS] = {
		[DIRS] = RPMTAG_DIRNAMES,     [BASES] = RPMTAG_BASENAMES, [DIR_OF] = RPMTAG_DIRINDEXES,
		[STATES] = RPMTAG_FILESTATES, [FLAGS] = RPMTAG_FILEFLAGS,
	};

	for (; tags->n < n; tags->n++)
		lib.headerGet(h, tag[tags->n], &tags->td[tags->n], HEADERGET_MINMEM);
}

/* 0 for a missing entry: a header may lie about how many it has. */
static uint64_t tags_number(struct tags *tags, size_t tag, uint32_t i)
{
	return lib.rpmtdSetIndex(&tags->td[tag], (int)i) < 0 ? 0 : lib.rpmtdGetNumber(&tags->td[tag]);
}

static const char *tags_text(struct tags *tags, size_t tag, uint32_t i)
{
	return lib.rpmtdSetIndex(&tags->td[tag], (int)i) < 0 ? NULL : lib.rpmtdGetString(&tags->td[tag]);
}

/* Whether the file is installed, or is a ghost, which may exist. */
static bool file_counts(struct tags *tags, uint32_t i)
{
	return tags_number(tags, STATES, i) == RPMFILE_STATE_NORMAL || tags_number(tags, FLAGS, i) & RPMFILE_GHOST;
}

/* Whether the index covers the path. */
static bool is_indexed(const char *path)
{
	return pkg_path_matters(path) || pkg_path_is_program(path);
}

/* Whether the index may cover files in the directory. Most headers have no such directory, and their files need not be
 * examined. */
static bool is_promising(const char *dir)
{
	_cleanup_(freep) char *normal = path_is_merged(dir) ? path_merge(dir) : NULL;

	if (normal)
		dir = normal;
	return strcmp(dir, "/") == 0 || strcmp(dir, "/usr/lib/") == 0 || is_indexed(dir);
}

static bool *promising_dirs(struct tags *tags, uint32_t dirs)
{
	_cleanup_(freep) bool *promising = xcalloc(dirs, sizeof(*promising));
	bool any = false;

	for (uint32_t d = 0; d < dirs; d++) {
		const char *dir = tags_text(tags, DIRS, d);

		promising[d] = dir && is_promising(dir);
		any = any || promising[d];
	}
	return any ? steal_ptr(promising) : NULL;
}

/* Calls 'found' for each file of the header for which file_counts() is true and, unless 'all' is set, is_indexed(). */
typedef void (*file_fn)(void *arg, struct tags *tags, uint32_t i, const char *path);
static void each_file(Header h, bool all, file_fn found, void *arg)
{
	_cleanup_(tags_done) struct tags tags = { .n = 0 };
	_cleanup_(freep) bool *promising = NULL;
	uint32_t dirs, files;

	tags_load(&tags, h, DIRS + 1);
	dirs = lib.rpmtdCount(&tags.td[DIRS]);
	promising = all ? NULL : promising_dirs(&tags, dirs);
	if (!all && !promising)
		return;
	tags_load(&tags, h, N_TAGS);
	files = lib.rpmtdCount(&tags.td[BASES]);
	for (uint32_t i = 0; i < files; i++) {
		uint64_t d = tags_number(&tags, DIR_OF, i);
		_cleanup_(freep) char *raw = NULL, *path = NULL;
		const char *base;

		if (d >= dirs || (!all && !promising[d]) || !file_counts(&tags, i))
			continue;
		base = tags_text(&tags, BASES, i);
		raw = xasprintf("%s%s", tags_text(&tags, DIRS, (uint32_t)d), base ? base : "");
		path = path_merge(raw);
		if (path_is_normal(path) && (all || is_indexed(path)))
			found(arg, &tags, i, path);
	}
}

static char *header_text(Header h, rpmTagVal tag)
{
	const char *text = lib.headerGetString(h, tag);

	return xstrdup(text ? text : "");
}

/* --- one pass over all headers --------------------------------------------------------------------------- */

struct pass {
	struct pkg_db *db;
	uint32_t place;
};

static void pass_file(void *arg, struct tags *tags, uint32_t i, const char *path)
{
	struct pass *pass = arg;

	(void)tags;
	(void)i;
	pkg_index_add(&pass->db->table.paths, path, strlen(path), pass->place);
}

static void pass_provides(struct pkg_db *db, Header h, uint32_t place)
{
	struct rpmtd_s names, evrs, flags;

	lib.headerGet(h, RPMTAG_PROVIDENAME, &names, HEADERGET_MINMEM);
	lib.headerGet(h, RPMTAG_PROVIDEVERSION, &evrs, HEADERGET_MINMEM);
	lib.headerGet(h, RPMTAG_PROVIDEFLAGS, &flags, HEADERGET_MINMEM);
	while (lib.rpmtdNext(&names) >= 0) {
		const char *name = lib.rpmtdGetString(&names),
			   *evr = lib.rpmtdNext(&evrs) >= 0 ? lib.rpmtdGetString(&evrs) : NULL;
		rpmsenseFlags sense =
			lib.rpmtdNext(&flags) >= 0 ? (rpmsenseFlags)lib.rpmtdGetNumber(&flags) : RPMSENSE_ANY;

		if (!name || db->evrs.len >= UINT32_MAX)
			continue;
		grow(db->provided, db->n_provided);
		db->provided[db->n_provided] = (struct provided){ place, (uint32_t)db->evrs.len, sense };
		buf_add(&db->evrs, evr ? evr : "", evr ? strlen(evr) + 1 : 1);
		pkg_index_add(&db->provides, name, strlen(name), (uint32_t)db->n_provided++);
	}
	lib.rpmtdFreeData(&names);
	lib.rpmtdFreeData(&evrs);
	lib.rpmtdFreeData(&flags);
}

/* The name in 'NAME-VERSION-RELEASE.src.rpm'. A package that rpm did not build may have none, and
 * counts as its own. */
static char *source_name(Header h)
{
	char *name = header_text(h, RPMTAG_SOURCERPM);

	for (unsigned int i = 0; i < 2 && strrchr(name, '-'); i++)
		*strrchr(name, '-') = '\0';
	if (*name)
		return name;
	free(name);
	return header_text(h, RPMTAG_NAME);
}

static void pass_header(struct pkg_db *db, Header h, unsigned int instance)
{
	struct pass pass = { .db = db };
	char *evr = lib.headerGetAsString(h, RPMTAG_EVR);

	pass.place = rpm_table_add(&db->table, (struct rpm_package){
						       .instance = instance,
						       .name = header_text(h, RPMTAG_NAME),
						       .arch = header_text(h, RPMTAG_ARCH),
						       .evr = evr ? evr : xstrdup(""),
						       .source = source_name(h),
					       });
	pass_provides(db, h, pass.place);
	each_file(h, db->whole, pass_file, &pass);
}

static int log_damage(const struct pkg_db *db, int r)
{
	return log_error_errno(r, "Cannot read rpm's database '%s' below '%s': %s", db->place.name, db->root,
			       db->complaint ? db->complaint : "librpm gives no reason");
}

/* A librpm without support for this kind of database only warns, and goes on with an empty one. */
static int log_unsupported(const struct pkg_db *db)
{
	return log_error_errno(
		-EOPNOTSUPP,
		"This machine's librpm finds no package in rpm's database '%s/%s' below '%s', which is of "
		"kind '%.3s' (%s); if it does not support this kind, convert the database with "
		"\"rpm --rebuilddb --define '_db_backend sqlite'\" of that root's own rpm, in a chroot.",
		db->place.name, db->place.file, db->root, db->place.kind, db->warning);
}

static int pass_all(struct pkg_db *db)
{
	rpmdbMatchIterator all = lib.rpmtsInitIterator(db->ts, RPMDBI_PACKAGES, NULL, 0);
	Header h = NULL;

	while ((h = lib.rpmdbNextIterator(all)))
		pass_header(db, h, lib.rpmdbGetIteratorOffset(all));
	lib.rpmdbFreeIterator(all);
	rpm_table_make_ids(&db->table);
	if (db->complaint)
		return log_damage(db, -EBADMSG);
	return db->table.n == 0 && db->warning ? log_unsupported(db) : 0;
}

/* --- open and close -------------------------------------------------------------------------------------- */

/* librpm's own messages are not printed; the first of each kind becomes part of ours. Warnings alone are not failures:
 * there is one for each index that an older rpm did not have. */
static int take_complaint(rpmlogRec record, rpmlogCallbackData data)
{
	struct pkg_db *db = data;
	bool error = lib.rpmlogRecPriority(record) <= RPMLOG_ERR;
	char **kept = error ? &db->complaint : &db->warning;

	if ((error || lib.rpmlogRecPriority(record) == RPMLOG_WARNING) && !*kept) {
		*kept = xstrdup(lib.rpmlogRecMessage(record));
		(*kept)[strcspn(*kept, "\n")] = '\0';
	}
	return 0;
}

static bool rpm_present(int root_fd)
{
	return rpm_dbpath_find(root_fd, NULL) == 0;
}

static void rpm_close(struct pkg_db *db)
{
	if (!db)
		return;
	if (db->ts) {
		lib.rpmtsFree(db->ts);
		lib.rpmstrPoolFree(db->pool);
		lib.rpmPopMacro(NULL, "_dbpath");
		lib.rpmPopMacro(NULL, "_db_backend");
		lib.rpmlogSetCallback(NULL, NULL);
	}
	free(db->provided);
	buf_done(&db->evrs);
	pkg_index_done(&db->provides);
	rpm_table_done(&db->table);
	rpm_dbpath_done(&db->place);
	free(db->complaint);
	free(db->warning);
	free(db->root);
	free(db);
}

static void rpm_closep(struct pkg_db **db)
{
	rpm_close(*db);
}

/* The host's own rpm configuration is not read. The root itself tells where its database is, and of which kind. */
static int rpm_open(const char *root, int root_fd, struct pkg_db **ret)
{
	_cleanup_(rpm_closep) struct pkg_db *db = xcalloc(1, sizeof(*db));
	int r;

	db->root = xstrdup(root);
	r = rpm_dbpath_find(root_fd, &db->place);
	if (r == -ENOENT)
		return log_error_errno(r, "There is no rpm database below '%s'.", root);
	if (!library_load(RPM_LIBRARY, functions, ARRAY_SIZE(functions)))
		return log_error_errno(-ENOSYS,
				       "Cannot load '" RPM_LIBRARY "', which reads rpm's database below '%s'; install "
				       "it.",
				       root);
	if (r >= 0)
		r = rpm_dbpath_prepare(root_fd, &db->place);
	if (r == -EBUSY)
		return log_error_errno(
			r, "Another program has locked rpm's database below '%s'; try again when it has finished.",
			root);
	if (r < 0)
		return log_error_errno(r, "Cannot read rpm's database below '%s': %m", root);
	db->whole =
		strcmp(db->place.kind, "bdb_ro") == 0; /* its indices are files of their own, which may be missing */
	lib.rpmlogSetCallback(take_complaint, db);
	lib.rpmPushMacro(NULL, "_dbpath", NULL, db->place.path, RMIL_CMDLINE);
	lib.rpmPushMacro(NULL, "_db_backend", NULL, db->place.kind, RMIL_CMDLINE);
	db->pool = lib.rpmstrPoolCreate();
	db->ts = lib.rpmtsCreate();
	lib.rpmtsSetRootDir(db->ts, "/");
	lib.rpmtsSetVSFlags(db->ts, RPMVSF_MASK_NODIGESTS | RPMVSF_MASK_NOSIGNATURES | RPMVSF_NOHDRCHK);
	r = lib.rpmtsOpenDB(db->ts, O_RDONLY) != 0 ? log_damage(db, -EIO) : pass_all(db);
	rpm_dbpath_clean(&db->place);
	if (r < 0)
		return r;
	*ret = steal_ptr(db);
	return 0;
}

/* --- finding --------------------------------------------------------------------------------------------- */

static struct rpm_package *find_or_log(struct pkg_db *db, const char *id)
{
	struct rpm_package *package = rpm_table_find(&db->table, id);

	if (!package)
		log_error("Package '%s' is not installed below '%s'.", id, db->root);
	return package;
}

static int rpm_find(struct pkg_db *db, const char *name, char **ret_id)
{
	struct rpm_package *package = rpm_table_find(&db->table, name);

	if (!package)
		return -ENOENT;
	*ret_id = xstrdup(package->id);
	return 0;
}

/* Caller frees it with lib.headerFree(). */
static int load_header(struct pkg_db *db, const char *id, struct rpm_package **ret_package, Header *ret)
{
	struct rpm_package *package = find_or_log(db, id);
	rpmdbMatchIterator one;
	Header h = NULL;

	if (!package)
		return -ENOENT;
	one = lib.rpmtsInitIterator(db->ts, RPMDBI_PACKAGES, &package->instance, sizeof(package->instance));
	h = lib.headerLink(lib.rpmdbNextIterator(one));
	lib.rpmdbFreeIterator(one);
	if (!h)
		return log_damage(db, -EBADMSG);
	*ret_package = package;
	*ret = h;
	return 0;
}

/* Uses one of rpm's own indexes, for what is rarely searched for. */
static void pick_by_index(struct pkg_db *db, rpmDbiTag index, const char *key, struct pkg_picks *ret)
{
	rpmdbMatchIterator found = lib.rpmtsInitIterator(db->ts, index, key, 0);

	while (lib.rpmdbNextIterator(found)) {
		unsigned int instance = lib.rpmdbGetIteratorOffset(found);

		pkg_picks_add_found(ret, &db->table.instances, (const char *)&instance, sizeof(instance));
	}
	lib.rpmdbFreeIterator(found);
}

static void pick_owners(struct pkg_db *db, const char *path, struct pkg_picks *ret)
{
	_cleanup_(freep) char *normal = path_merge(path);
	const char *outside = skip_prefix(normal, "/usr");

	if (!path_is_normal(normal))
		return;
	if (db->whole || is_indexed(normal)) {
		pkg_picks_add_found(ret, &db->table.paths, normal, strlen(normal));
		return;
	}
	pick_by_index(db, RPMDBI_INSTFILENAMES, normal, ret);
	if (outside && path_is_merged(outside))
		pick_by_index(db, RPMDBI_INSTFILENAMES, outside, ret);
}

static void add_ids(const struct pkg_db *db, struct pkg_picks *picks, const struct rpm_package *self, struct strv *ret)
{
	pkg_picks_sort_unique(picks);
	for (size_t i = 0; i < picks->n; i++)
		if (&db->table.v[picks->v[i]] != self)
			strv_add(ret, db->table.v[picks->v[i]].id);
}

static char *rpm_source(struct pkg_db *db, const char *id)
{
	const struct rpm_package *package = rpm_table_find(&db->table, id);

	return xstrdup(package ? package->source : "");
}

/* rpm renames what it leaves of a package's configuration to '*.rpmsave'. */
static char *rpm_removed(struct pkg_db *db, const char *path)
{
	(void)db;
	(void)path;
	return NULL;
}

static int rpm_owners(struct pkg_db *db, const char *path, struct strv *ret)
{
	_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };

	pick_owners(db, path, &picks);
	if (db->complaint)
		return log_damage(db, -EBADMSG);
	add_ids(db, &picks, NULL, ret);
	return 0;
}

/* --- requirements ---------------------------------------------------------------------------------------- */

static bool provides_it(const struct pkg_db *db, const struct provided *provided, rpmds wanted)
{
	rpmds offer;
	bool match;

	if (db->any_version || !(lib.rpmdsFlags(wanted) & RPMSENSE_SENSEMASK))
		return true;
	offer = lib.rpmdsSingle(RPMTAG_PROVIDENAME, lib.rpmdsN(wanted), db->evrs.text + provided->evr, provided->flags);
	match = lib.rpmdsCompare(offer, wanted);
	lib.rpmdsFree(offer);
	return match;
}

/* If 'text' is 'wanted' for some of the packages, keeps only these. */
static void prefer(const struct pkg_db *db, struct pkg_picks *picks, size_t offset, const char *wanted)
{
	size_t kept = 0;

	for (size_t i = 0; i < picks->n; i++) {
		uint32_t place = picks->v[i];
		const char *text = *(char *const *)((const char *)&db->table.v[place] + offset);

		if (strcmp(text, wanted) != 0)
			continue;
		picks->v[i] = picks->v[kept];
		picks->v[kept++] = place;
	}
	if (kept > 0)
		picks->n = kept;
}

static bool satisfy(struct pkg_db *db, rpmds wanted, const struct rpm_package *self, struct pkg_picks *ret);

static bool satisfy_name(struct pkg_db *db, rpmds wanted, const struct rpm_package *self, struct pkg_picks *ret)
{
	_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };
	const char *name = lib.rpmdsN(wanted);
	const struct pkg_row *rows;
	size_t n;

	if (!name)
		return false;
	rows = pkg_index_find(&db->provides, name, strlen(name), &n);
	for (size_t i = 0; i < n; i++)
		if (provides_it(db, &db->provided[rows[i].value], wanted))
			pkg_picks_add(&picks, db->provided[rows[i].value].package);
	if (*name == '/')
		pick_owners(db, name, &picks);
	if (picks.n == 0)
		return false;
	if (pkg_picks_has(&picks, (uint32_t)(self - db->table.v)))
		return true; /* the package satisfies its own requirement */
	prefer(db, &picks, offsetof(struct rpm_package, name), name);
	if (strcmp(db->table.v[picks.v[0]].name, name) == 0)
		prefer(db, &picks, offsetof(struct rpm_package, arch), self->arch);
	pkg_picks_add_all(ret, &picks);
	return true;
}

/* Appends the packages that satisfy both sides, or only the left side. */
static bool satisfy_both(struct pkg_db *db, rpmds left, rpmds right, bool in_both, const struct rpm_package *self,
			 struct pkg_picks *ret)
{
	_cleanup_(pkg_picks_done) struct pkg_picks a = { 0 }, b = { 0 };
	size_t before = ret->n;

	satisfy(db, left, self, &a);
	satisfy(db, right, self, &b);
	for (size_t i = 0; i < a.n; i++)
		if (pkg_picks_has(&b, a.v[i]) == in_both)
			pkg_picks_add(ret, a.v[i]);
	return ret->n > before;
}

/* 'left if right else other', where 'right' contains 'other'. */
static bool satisfy_if(struct pkg_db *db, rpmds left, rpmds right, const struct rpm_package *self,
		       struct pkg_picks *ret)
{
	_cleanup_(pkg_picks_done) struct pkg_picks ignored = { 0 };
	rpmds condition = NULL, other = NULL;
	rpmrichOp op = RPMRICHOP_SINGLE;
	bool r;

	if (!lib.rpmdsIsRich(right) || lib.rpmdsParseRichDep(right, &condition, &other, &op, NULL) != RPMRC_OK)
		op = RPMRICHOP_SINGLE;
	if (satisfy(db, op == RPMRICHOP_ELSE ? condition : right, self, &ignored))
		r = satisfy(db, left, self, ret);
	else
		r = op != RPMRICHOP_ELSE || satisfy(db, other, self, ret);
	lib.rpmdsFree(condition);
	lib.rpmdsFree(other);
	return r;
}

static bool satisfy_rich(struct pkg_db *db, rpmds wanted, const struct rpm_package *self, struct pkg_picks *ret)
{
	rpmds left = NULL, right = NULL;
	rpmrichOp op;
	bool r = false;

	if (lib.rpmdsParseRichDep(wanted, &left, &right, &op, NULL) != RPMRC_OK)
		return false;
	if (op == RPMRICHOP_SINGLE)
		r = satisfy(db, left, self, ret);
	else if (op == RPMRICHOP_AND)
		r = (int)satisfy(db, left, self, ret) & (int)satisfy(db, right, self, ret);
	else if (op == RPMRICHOP_OR)
		r = satisfy(db, left, self, ret) || satisfy(db, right, self, ret);
	else if (op == RPMRICHOP_IF)
		r = satisfy_if(db, left, right, self, ret);
	else if (op == RPMRICHOP_WITH || op == RPMRICHOP_WITHOUT)
		r = satisfy_both(db, left, right, op == RPMRICHOP_WITH, self, ret);
	lib.rpmdsFree(left);
	lib.rpmdsFree(right);
	return r;
}

/* Appends the packages that satisfy the requirement. librpm parses rich ones recursively, so their length is
 * limited. */
static bool satisfy(struct pkg_db *db, rpmds wanted, const struct rpm_package *self, struct pkg_picks *ret)
{
	enum { RICH_MAX_BYTES = 4096 };

	if (!lib.rpmdsIsRich(wanted))
		return satisfy_name(db, wanted, self, ret);
	return strlen(lib.rpmdsN(wanted)) <= RICH_MAX_BYTES && satisfy_rich(db, wanted, self, ret);
}

/* If no version satisfies a requirement of an installed package, its installation was forced; then only names count. */
static void satisfy_somehow(struct pkg_db *db, rpmds wanted, const struct rpm_package *self, struct pkg_picks *ret)
{
	if (satisfy(db, wanted, self, ret))
		return;
	db->any_version = true;
	satisfy(db, wanted, self, ret);
	db->any_version = false;
}

static int rpm_requires(struct pkg_db *db, const char *id, bool weak, struct strv *ret)
{
	_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };
	struct rpm_package *package = NULL;
	rpmds wanted;
	Header h = NULL;
	int r = load_header(db, id, &package, &h);

	if (r < 0)
		return r;
	wanted = lib.rpmdsInit(lib.rpmdsNewPool(db->pool, h, weak ? RPMTAG_RECOMMENDNAME : RPMTAG_REQUIRENAME, 0));
	while (lib.rpmdsNext(wanted) >= 0)
		if (!skip_prefix(lib.rpmdsN(wanted), "rpmlib(") && !skip_prefix(lib.rpmdsN(wanted), "config("))
			satisfy_somehow(db, wanted, package, &picks);
	lib.rpmdsFree(wanted);
	lib.headerFree(h);
	if (db->complaint)
		return log_damage(db, -EBADMSG);
	add_ids(db, &picks, package, ret);
	return 0;
}

static int rpm_requirers(struct pkg_db *db, const char *id, struct strv *ret)
{
	_cleanup_(pkg_picks_done) struct pkg_picks picks = { 0 };
	struct rpm_package *package = NULL;
	Header h = NULL;
	int r = load_header(db, id, &package, &h);

	if (r < 0)
		return r;
	pick_by_index(db, RPMDBI_REQUIRENAME, lib.headerGetString(h, RPMTAG_NAME), &picks);
	lib.headerFree(h);
	if (db->complaint)
		return log_damage(db, -EBADMSG);
	add_ids(db, &picks, package, ret);
	return 0;
}

/* --- files, scripts ----------------------------------------------------------------------------- */

static void add_file(void *arg, struct tags *tags, uint32_t i, const char *path)
{
	struct pkg_files *files = arg;

	if (!pkg_path_matters(path))
		return;
	grow(files->v, files->n);
	files->v[files->n++] = (struct pkg_file){ xstrdup(path), tags_number(tags, FLAGS, i) & RPMFILE_CONFIG };
}

static int rpm_files(struct pkg_db *db, const char *id, struct pkg_files *ret)
{
	struct rpm_package *package = NULL;
	Header h = NULL;
	int r = load_header(db, id, &package, &h);

	if (r < 0)
		return r;
	each_file(h, false, add_file, ret);
	lib.headerFree(h);
	return 0;
}

static int rpm_scripts(struct pkg_db *db, const char *id, char **ret)
{
	static const rpmTagVal tags[] = { RPMTAG_PREIN, RPMTAG_POSTIN };
	_cleanup_(buf_done) struct buf text = { 0 };
	struct rpm_package *package = NULL;
	Header h = NULL;
	int r = load_header(db, id, &package, &h);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		const char *script = lib.headerGetString(h, tags[i]);

		if (script)
			buf_addf(&text, "%s\n", script);
	}
	lib.headerFree(h);
	*ret = buf_steal(&text);
	return 0;
}

/* The interpreter and its arguments: rpm would write the script into a file, and append its name and the number of
 * instances of the package. */
static char *interpreter_of(Header h)
{
	_cleanup_(buf_done) struct buf line = { 0 };
	struct rpmtd_s words;

	lib.headerGet(h, RPMTAG_POSTINPROG, &words, HEADERGET_MINMEM);
	while (lib.rpmtdNext(&words) >= 0) {
		const char *word = lib.rpmtdGetString(&words);

		if (word)
			buf_addf(&line, "%s%s", line.len ? " " : "", word);
	}
	lib.rpmtdFreeData(&words);
	return buf_steal(&line);
}

static int rpm_script(struct pkg_db *db, const char *id, struct pkg_script *ret)
{
	_cleanup_(freep) char *interpreter = NULL;
	struct rpm_package *package = NULL;
	struct rpmtd_s flags;
	Header h = NULL;
	const char *text;
	int r = load_header(db, id, &package, &h);

	if (r < 0)
		return r;
	text = lib.headerGetString(h, RPMTAG_POSTIN);
	interpreter = interpreter_of(h);
	lib.headerGet(h, RPMTAG_POSTINFLAGS, &flags, HEADERGET_MINMEM);
	if (text) {
		bool expanded = lib.rpmtdNext(&flags) >= 0 && lib.rpmtdGetNumber(&flags) != 0;

		*ret = (struct pkg_script){
			.unfit = *interpreter != '/' ? "it runs within rpm itself"
				 : expanded	     ? "rpm expands macros in it"
						     : NULL,
			.text = xasprintf("#!%s\n%s\n", interpreter, text),
			.arguments = "1",
		};
		r = 1;
	}
	lib.rpmtdFreeData(&flags);
	lib.headerFree(h);
	return r;
}

static char *rpm_version(struct pkg_db *db, const char *id)
{
	struct rpm_package *package = NULL;
	_cleanup_(freep) char *version = NULL;
	Header h = NULL;

	if (!rpm_table_find(&db->table, id) || load_header(db, id, &package, &h) < 0)
		return NULL;
	version = lib.headerGetAsString(h, RPMTAG_EVR);
	lib.headerFree(h);
	return version ? xstrdup(version) : NULL;
}

static int rpm_compare(const char *version, const char *other)
{
	rpmver a = lib.rpmverParse(version), b = lib.rpmverParse(other);
	int r = a && b ? lib.rpmverCmp(a, b) : strcmp(version, other);

	lib.rpmverFree(a);
	lib.rpmverFree(b);
	return r;
}

const struct pkg_backend pkg_rpm = {
	.name = "rpm",
	.present = rpm_present,
	.open = rpm_open,
	.close = rpm_close,
	.owners = rpm_owners,
	.requires = rpm_requires,
	.requirers = rpm_requirers,
	.files = rpm_files,
	.scripts = rpm_scripts,
	.script = rpm_script,
	.find = rpm_find,
	.source = rpm_source,
	.version = rpm_version,
	.compare = rpm_compare,
	.removed = rpm_removed,
};
