/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The package backends on small databases that each test makes. What needs rpmbuild is in test-pkg-rpm.sh. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/rootfd.h"
#include "package/dpkg-relation.h"
#include "package/pkg-cache.h"
#include "package/pkg-index.h"
#include "package/pkg.h"

/* librpm 4.18 forgets SQLite's handle of a database that it cannot read. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libsqlite3.so";
}

/* --- a root to put files into ---------------------------------------------------------------------------- */

struct root {
	char path[64];
	int fd;
};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void root_done(struct root *root)
{
	close(root->fd);
	nftw(root->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void root_make(struct root *root)
{
	strcpy(root->path, "/tmp/test-pkg.XXXXXX");
	if (!mkdtemp(root->path))
		abort();
	root->fd = rootfd_open(root->path);
	if (rootfd_mkdir_p(root->fd, "/var/lib/dpkg/info") < 0)
		abort();
}

static void put(struct root *root, const char *path, const char *text)
{
	if (atomic_file_write(root->fd, path, 0644, text, true) < 0)
		abort();
}

static void put_list(struct root *root, const char *package, const char *lines)
{
	_cleanup_(freep) char *path = xasprintf("/var/lib/dpkg/info/%s.list", package);

	put(root, path, lines);
}

#define PARAGRAPH(name, arch, fields)                                                                                  \
	"Package: " name "\nStatus: install ok installed\nArchitecture: " arch "\nVersion: 1.0-1\n" fields "\n"

static struct pkg_db *open_dpkg(struct root *root)
{
	struct pkg_db *db = NULL;

	CHECK_INT(pkg_dpkg.open(root->path, root->fd, &db), 0);
	return db;
}

/* The result of a question as one line, sorted. Caller frees. */
static char *joined(struct strv *s)
{
	char *line;

	strv_sort_unique(s);
	line = strv_join(s, " ");
	strv_done(s);
	return line;
}

static void check_requires(struct pkg_db *db, const char *package, bool weak, const char *expected)
{
	struct strv ids = { 0 };
	_cleanup_(freep) char *line = NULL;

	CHECK_INT(pkg_dpkg.requires(db, package, weak, &ids), 0);
	line = joined(&ids);
	CHECK_STR(line, expected);
}

static void check_owners(struct pkg_db *db, const char *path, const char *expected)
{
	struct strv ids = { 0 };
	_cleanup_(freep) char *line = NULL;

	CHECK_INT(pkg_dpkg.owners(db, path, &ids), 0);
	line = joined(&ids);
	CHECK_STR(line, expected);
}

static void check_closure(struct pkg_db *db, const char *roots, const char *expected)
{
	struct strv ids = { 0 };
	_cleanup_(freep) char *line = NULL;

	strv_split(&ids, roots, " ");
	CHECK_INT(pkg_closure(&pkg_dpkg, db, &ids), 0);
	line = joined(&ids);
	CHECK_STR(line, expected);
}

/* 'path' or 'path:config' of each file, sorted. */
static void check_files(struct pkg_db *db, const char *package, const char *expected)
{
	struct pkg_files files = { 0 };
	struct strv lines = { 0 };
	_cleanup_(freep) char *line = NULL;

	CHECK_INT(pkg_dpkg.files(db, package, &files), 0);
	for (size_t i = 0; i < files.n; i++)
		strv_addf(&lines, "%s%s", files.v[i].path, files.v[i].config ? ":config" : "");
	pkg_files_done(&files);
	line = joined(&lines);
	CHECK_STR(line, expected);
}

/* What is written to standard error from here on, until taken. */
static int saved_stderr, captured;

static void capture(void)
{
	char name[] = "/tmp/test-pkg.err.XXXXXX";

	captured = mkstemp(name);
	unlink(name);
	fflush(stderr);
	saved_stderr = dup(2);
	dup2(captured, 2);
}

/* Caller frees. */
static char *take_captured(void)
{
	char text[4096];
	ssize_t n;

	fflush(stderr);
	dup2(saved_stderr, 2);
	close(saved_stderr);
	n = pread(captured, text, sizeof(text) - 1, 0);
	close(captured);
	return xstrndup(text, n > 0 ? (size_t)n : 0);
}

/* One line, which holds 'word'. */
static void check_one_sentence(const char *text, const char *word)
{
	const char *newline = strchr(text, '\n');

	CHECK(newline && !newline[1]);
	CHECK(strstr(text, word) != NULL);
	if (!strstr(text, word))
		printf("# told: %s", text);
}

/* --- paths, versions, relations, index ------------------------------------------------------------------- */

TEST(path_matters)
{
	CHECK(pkg_path_matters("/etc"));
	CHECK(pkg_path_matters("/etc/x"));
	CHECK(pkg_path_matters("/var/lib/x"));
	CHECK(pkg_path_matters("/usr/lib/systemd/system/x.service"));
	CHECK(pkg_path_matters("/usr/lib/systemd/system-generators/x"));
	CHECK(pkg_path_matters("/usr/lib/sysusers.d"));
	CHECK(!pkg_path_matters("/etcetera"));
	CHECK(!pkg_path_matters("/usr/lib/systemd/systemd"));
	CHECK(!pkg_path_matters("/usr/lib/systemd/system-shutdown/x"));
	CHECK(!pkg_path_matters("/usr/etc/x"));
	CHECK(pkg_path_is_program("/usr/sbin/x"));
	CHECK(!pkg_path_is_program("/usr/share/x"));
}

static struct dpkg_text text_of(const char *s)
{
	return (struct dpkg_text){ s, strlen(s) };
}

TEST(versions)
{
	/* Each is lower than the next. */
	static const char *const rising[] = { "0~~",	    "0~",    "0",	 "0.1~rc1", "0.1",   "0.1-0.1",
					      "0.1-1~bpo1", "0.1-1", "0.1-1+b1", "0.1a",    "0.1+x", "0.2",
					      "0.10",	    "1.0-1", "1.0-1.1",	 "1:0.1",   "2:0" };

	for (size_t i = 0; i < ARRAY_SIZE(rising); i++)
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++) {
			int r = dpkg_version_compare(text_of(rising[i]), text_of(rising[j]));

			CHECK_INT(r < 0 ? -1 : r > 0, i < j ? -1 : i > j);
			if ((r < 0 ? -1 : r > 0) != (i < j ? -1 : i > j))
				printf("# %s and %s\n", rising[i], rising[j]);
		}
	CHECK_INT(dpkg_version_compare(text_of("0:1.0-0"), text_of("1.00")), 0);
	CHECK_INT(dpkg_version_compare(text_of(""), text_of("")), 0);
}

TEST(relations)
{
	struct dpkg_relation r;

	CHECK(dpkg_relation_parse(text_of(" libx:any (>= 1:2~3) [amd64] "), &r));
	CHECK(dpkg_text_is(r.name, "libx"));
	CHECK(dpkg_text_is(r.arch, "any"));
	CHECK(dpkg_text_is(r.op, ">="));
	CHECK(dpkg_text_is(r.version, "1:2~3"));
	CHECK(dpkg_version_satisfies(text_of("1:2"), &r));
	CHECK(!dpkg_version_satisfies(text_of("9"), &r));
	CHECK(dpkg_relation_parse(text_of("g++(<<2)"), &r));
	CHECK(dpkg_text_is(r.name, "g++"));
	CHECK(!dpkg_version_satisfies(text_of("2"), &r));
	CHECK(!dpkg_relation_parse(text_of(""), &r));
	CHECK(!dpkg_relation_parse(text_of("  (>= 1)"), &r));
	CHECK(dpkg_relation_parse(text_of("x ("), &r) || true);
}

TEST(index_of_many)
{
	_cleanup_(pkg_index_done) struct pkg_index index = { 0 };
	const struct pkg_row *rows;
	char key[32];
	size_t n;

	pkg_index_find(&index, "x", 1, &n);
	CHECK_INT(n, 0);
	for (uint32_t i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "key%u", i % 1000);
		pkg_index_add(&index, key, strlen(key), 2999 - i);
	}
	rows = pkg_index_find(&index, "key7", 4, &n);
	CHECK_INT(n, 3);
	CHECK_INT(rows[0].value, 992);
	CHECK_INT(rows[2].value, 2992);
	pkg_index_find(&index, "key", 3, &n);
	CHECK_INT(n, 0);
	pkg_index_find(&index, "key1000", 7, &n);
	CHECK_INT(n, 0);
}

/* --- dpkg ------------------------------------------------------------------------------------------------ */

TEST(dpkg_requires)
{
	struct root root;
	struct pkg_db *db;

	root_make(&root);
	put(&root, "/var/lib/dpkg/status",
	    PARAGRAPH("dpkg", "amd64", "") PARAGRAPH("app", "amd64",
						     "Pre-Depends: base (>= 0.1)\nDepends: gone | liba:any, virtual,\n "
						     "both, self, libz (= 9)\nRecommends: rec, gone\n"
						     "Provides: self\n") PARAGRAPH("base", "all", "")
		    PARAGRAPH("liba", "amd64", "Depends: app, app\n") PARAGRAPH("prov1", "amd64",
										"Provides: virtual, both (= 2)\n")
			    PARAGRAPH("prov2", "all", "Provides: other, virtual\n") PARAGRAPH("both", "amd64", "")
				    PARAGRAPH("libz", "amd64", "") PARAGRAPH("rec", "amd64", "")
					    PARAGRAPH("wants-version", "amd64",
						      "Depends: liba (>= 2) | libz (>= 1), virtual (>= 1) | rec, both "
						      "(>= 2)\n") "Package: gone\nStatus: deinstall ok "
								  "config-files\nArchitecture: amd64\nVersion: 1\n\n"
								  "Package: broken\nStatus: install ok "
								  "half-configured\nArchitecture: amd64\nVersion: 1\n\n"
								  "package: pending\nSTATUS: install ok "
								  "triggers-pending\nArchitecture: amd64\nVersion: "
								  "1\nDepends: broken, base\n");
	db = open_dpkg(&root);
	check_requires(db, "app", false, "base both liba libz prov1 prov2");
	check_requires(db, "app", true, "rec");
	check_requires(db, "liba", false, "app");
	check_requires(db, "wants-version", false, "libz prov1 rec");
	check_requires(db, "pending", false, "base");
	check_closure(db, "liba", "app base both liba libz prov1 prov2");
	check_closure(db, "base base", "base");
	check_closure(db, "", "");
	pkg_dpkg.close(db);
	root_done(&root);
}

TEST(dpkg_architectures)
{
	struct root root;
	struct pkg_db *db;
	char *id = NULL;

	root_make(&root);
	put(&root, "/var/lib/dpkg/status",
	    PARAGRAPH("dpkg", "amd64", "") PARAGRAPH("lib", "i386", "Multi-Arch: same\n")
		    PARAGRAPH("lib", "amd64", "Multi-Arch: same\n")
			    PARAGRAPH("tool", "i386", "Multi-Arch: foreign\nDepends: lib\n")
				    PARAGRAPH("script", "all", "Depends: lib, tool, lib:i386\n")
					    PARAGRAPH("one", "amd64", "Multi-Arch: same\n"));
	put_list(&root, "lib:amd64", "/.\n/etc\n/etc/lib.conf\n");
	put_list(&root, "lib:i386", "/.\n/etc\n/etc/lib32.conf\n");
	put_list(&root, "one", "/.\n/etc/one");
	db = open_dpkg(&root);
	check_requires(db, "tool", false, "lib:i386");
	check_requires(db, "script", false, "lib:amd64 lib:i386 tool");
	check_owners(db, "/etc/lib.conf", "lib:amd64");
	check_owners(db, "/etc/lib32.conf", "lib:i386");
	check_owners(db, "/etc/one", "one");
	CHECK_INT(pkg_dpkg.find(db, "lib", &id), 0);
	CHECK_STR(id, "lib:amd64");
	free(id);
	CHECK_INT(pkg_dpkg.find(db, "lib:i386", &id), 0);
	CHECK_STR(id, "lib:i386");
	free(id);
	CHECK_INT(pkg_dpkg.find(db, "one:amd64", &id), 0);
	CHECK_STR(id, "one");
	free(id);
	CHECK_INT(pkg_dpkg.find(db, "lib:arm64", &id), -ENOENT);
	CHECK_INT(pkg_dpkg.find(db, "", &id), -ENOENT);
	pkg_dpkg.close(db);
	root_done(&root);
}

TEST(dpkg_owners_and_files)
{
	struct root root;
	struct pkg_db *db;

	root_make(&root);
	put(&root, "/var/lib/dpkg/status",
	    PARAGRAPH("a", "amd64",
		      "Conffiles:\n /etc/a.conf 0123\n /etc/old.conf 0123 obsolete\n /etc/with blank 0123\n")
		    PARAGRAPH("b", "amd64", "") PARAGRAPH("nolist", "amd64", ""));
	put_list(&root, "a",
		 "/.\n/etc\n/etc/a.conf\n/etc/old.conf\n/etc/with "
		 "blank\n/lib/systemd/system/a.service\n/bin/sh\n/usr/sbin/tool\n"
		 "/usr/share/doc/a\n/opt/a/prog\n/lib/x/helper\n/var/lib/a\n/usr/bin/perf\n");
	put_list(&root, "b",
		 "/.\n/etc\n/usr/bin/perf\n/usr/lib/systemd/system/a.service\n/usr/opt/a/prog\n/opt/a/prog2\n/opt/b");
	put(&root, "/var/lib/dpkg/diversions",
	    "/bin/sh\n/bin/sh.distrib\na\n/usr/bin/perf\n/usr/bin/perf.real\nb\n"
	    "/opt/b\n/opt/b.away\n:\n");
	db = open_dpkg(&root);
	check_owners(db, "/etc", "a b");
	check_owners(db, "/etc/a.conf", "a");
	check_owners(db, "/etc/old.conf", "a");
	check_owners(db, "/etc/none", "");
	check_owners(db, "/usr/bin/sh", "a");
	check_owners(db, "/bin/sh", "a");
	check_owners(db, "/bin/sh.distrib", "");
	check_owners(db, "/usr/bin/perf", "b");
	check_owners(db, "/usr/bin/perf.real", "a");
	check_owners(db, "/lib/systemd/system/a.service", "a b");
	check_owners(db, "/opt/a/prog", "a");
	check_owners(db, "/opt/b", "");
	check_owners(db, "/opt/b.away", "b");
	check_owners(db, "/usr/lib/x/helper", "a");
	check_owners(db, "/lib/x/helper", "a");
	check_owners(db, "/usr/share/doc/a", "a");
	check_owners(db, "/usr/share/doc", "");
	check_owners(db, "/opt/a/prog\n/lib", "");
	check_owners(db, "relative", "");
	check_files(db, "a",
		    "/etc /etc/a.conf:config /etc/with blank:config /usr/lib/systemd/system/a.service /var/lib/a");
	check_files(db, "b", "/etc /usr/lib/systemd/system/a.service");
	check_files(db, "nolist", "");
	pkg_dpkg.close(db);
	root_done(&root);
}

TEST(dpkg_scripts)
{
	struct root root;
	struct pkg_db *db;
	char *text = NULL;

	root_make(&root);
	put(&root, "/var/lib/dpkg/status", PARAGRAPH("a", "amd64", "Multi-Arch: same\n") PARAGRAPH("b", "amd64", ""));
	put(&root, "/var/lib/dpkg/info/a:amd64.preinst", "#!/bin/sh\none\n");
	put(&root, "/var/lib/dpkg/info/a:amd64.postinst", "#!/bin/sh\ntwo\n");
	db = open_dpkg(&root);
	CHECK_INT(pkg_dpkg.scripts(db, "a", &text), 0);
	CHECK_STR(text, "#!/bin/sh\none\n#!/bin/sh\ntwo\n");
	free(text);
	CHECK_INT(pkg_dpkg.scripts(db, "b", &text), 0);
	CHECK_STR(text, "");
	free(text);
	pkg_dpkg.close(db);
	root_done(&root);
}

TEST(dpkg_hostile)
{
	struct root root;
	struct pkg_db *db;
	_cleanup_(buf_done) struct buf text = { 0 };
	struct strv ids = { 0 };
	int fd;

	root_make(&root);
	buf_addf(&text, "%s",
		 PARAGRAPH("../evil", "amd64", "") PARAGRAPH("evil", "../../x", "") PARAGRAPH("UPPER", "all", ""));
	buf_addf(&text, "%s",
		 "\n\n \n no field\n:\nPackage\n" PARAGRAPH("ok", "all",
							    "Depends: ,,|,ok2|, (>= 1), ok2 (>= , ok3:, \1\2\n"));
	buf_addf(&text, "%s", "Package: big\nStatus: install ok installed\nArchitecture: all\nDepends: ");
	for (int i = 0; i < 300000; i++)
		buf_addf(&text, "ok%d | ok2, ", i % 10);
	buf_add(&text, "\0\0\nConffiles:\n\n", 15);
	buf_addf(&text, "%s", PARAGRAPH("ok2", "all", "Depends: ok3\n") PARAGRAPH("ok3", "all", "Depends: ok\n"));
	put(&root, "/var/lib/dpkg/status", "");
	fd = rootfd_openat(root.fd, "/var/lib/dpkg/status", O_WRONLY | O_TRUNC, 0, WALK_ROOT);
	CHECK_INT(write_all(fd, text.text, text.len), 0);
	close(fd);
	put_list(&root, "ok", "/etc/../etc/x\n/etc/a\x01\n/etc//y\netc/z\n\n/\n/etc/\n/etc/good\n/etc");
	put_list(&root, "ok2", "");
	CHECK_INT(mkdirat(root.fd, "var/lib/dpkg/info/ok3.list", 0755), 0);
	CHECK_INT(symlinkat("/etc/passwd", root.fd, "var/lib/dpkg/info/ok3.postinst"), 0);
	CHECK_INT(mkfifoat(root.fd, "var/lib/dpkg/info/big.preinst", 0644), 0);
	db = open_dpkg(&root);
	check_closure(db, "big", "big ok ok2 ok3");
	check_files(db, "ok", "/etc /etc/good");
	capture();
	CHECK_INT(pkg_dpkg.requires(db, "evil", false, &ids), -ENOENT);
	CHECK_INT(pkg_dpkg.requires(db, "../evil", false, &ids), -ENOENT);
	CHECK(pkg_dpkg.owners(db, "/etc/good", &ids) < 0);
	CHECK(pkg_dpkg.scripts(db, "ok3", &(char *){ NULL }) < 0);
	CHECK(pkg_dpkg.scripts(db, "big", &(char *){ NULL }) < 0);
	free(take_captured());
	strv_done(&ids);
	pkg_dpkg.close(db);
	root_done(&root);
}

/* --- damage and the choice of a backend ------------------------------------------------------------------ */

/* With any error where 'error' is 0. */
static void check_refused(struct root *root, const char *manager, int error, const char *word)
{
	const struct pkg_backend *backend;
	struct pkg_db *db = NULL;
	_cleanup_(freep) char *told = NULL;
	int r;

	capture();
	r = pkg_open(root->path, root->fd, manager, "/etc/x", &backend, &db);
	told = take_captured();
	CHECK(error ? r == error : r < 0);
	check_one_sentence(told, word);
	CHECK(!db);
}

TEST(refusals)
{
	struct root root;

	root_make(&root);
	check_refused(&root, NULL, -ENOENT, "no rpm or dpkg database");
	check_refused(&root, "pacman", -EINVAL, "'pacman'");
	check_refused(&root, "rpm", -ENOENT, "rpm");
	check_refused(&root, "dpkg", -ENOENT, "/var/lib/dpkg/status");
	put(&root, "/var/lib/dpkg/status", "Package: a\nSta");
	check_refused(&root, "dpkg", -EBADMSG, "damaged");
	put(&root, "/var/lib/dpkg/status", PARAGRAPH("a", "all", ""));
	CHECK_INT(unlinkat(root.fd, "var/lib/dpkg/info", AT_REMOVEDIR), 0);
	check_refused(&root, NULL, -ENOENT, "/var/lib/dpkg/info");
	root_done(&root);
}

TEST(rpm_damage)
{
	struct root root;
	_cleanup_(buf_done) struct buf garbage = { 0 };

	root_make(&root);
	CHECK_INT(rootfd_mkdir_p(root.fd, "/usr/lib/sysimage/rpm"), 0);
	for (int i = 0; i < 5000; i++)
		buf_addf(&garbage, "%d", i);
	put(&root, "/usr/lib/sysimage/rpm/rpmdb.sqlite", garbage.text);
	check_refused(&root, NULL, 0, "/usr/lib/sysimage/rpm");
	CHECK_INT(unlinkat(root.fd, "usr/lib/sysimage/rpm/rpmdb.sqlite", 0), 0);
	put(&root, "/usr/lib/sysimage/rpm/Packages.db", garbage.text);
	check_refused(&root, NULL, 0, "/usr/lib/sysimage/rpm");
	root_done(&root);
}

/* SQLite's readers lock these bytes for reading. */
TEST(rpm_locked)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510 };
	struct root root;
	int ready[2];
	pid_t child;
	char c;

	root_make(&root);
	CHECK_INT(rootfd_mkdir_p(root.fd, "/var/lib/rpm"), 0);
	put(&root, "/var/lib/rpm/rpmdb.sqlite", "x");
	CHECK_INT(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		int fd = rootfd_openat(root.fd, "/var/lib/rpm/rpmdb.sqlite", O_RDWR, 0, WALK_ROOT);

		if (fcntl(fd, F_SETLK, &lock) == 0 && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	CHECK_INT(read(ready[0], &c, 1), 1);
	check_refused(&root, NULL, -EBUSY, "locked");
	kill(child, SIGKILL);
	CHECK(waitpid(child, NULL, 0) == child);
	close(ready[0]);
	close(ready[1]);
	root_done(&root);
}

/* --- the index that is kept for the next command ---------------------------------------------------------- */

#define KEPT PKG_CACHE_DIR "/dpkg"

/* Asks a new process's question, and keeps what it found. */
static void ask_and_keep(struct root *root, const char *path, const char *expected)
{
	struct pkg_db *db = open_dpkg(root);

	if (!db)
		return;
	check_owners(db, path, expected);
	CHECK_INT(pkg_dpkg.keep(db), 0);
	pkg_dpkg.close(db);
}

static bool is_kept(struct root *root)
{
	struct stat st;

	return rootfd_lstat(root->fd, KEPT, WALK_ROOT, &st) == 0;
}

/* Writes over the only place of 'from' in the file, which stays the same file. */
static void overwrite(struct root *root, const char *path, const char *from, const char *to)
{
	_cleanup_(closep) int fd = rootfd_openat(root->fd, path, O_RDWR, 0, WALK_ROOT);
	_cleanup_(freep) char *data = NULL;
	const char *at;
	size_t size;

	CHECK(rootfd_read(root->fd, path, WALK_ROOT, 1 << 20, &data, &size) == 0);
	at = data ? memmem(data, size, from, strlen(from)) : NULL;
	CHECK(at && pwrite(fd, to, strlen(to), at - data) == (ssize_t)strlen(to));
}

/* Waits until changes are so old that what was made from the files is kept. */
static void settle(struct root *root)
{
	while (!is_kept(root)) {
		ask_and_keep(root, "/etc/a/x", "a");
		usleep(200000);
	}
}

static void make_kept(struct root *root)
{
	root_make(root);
	put(root, "/var/lib/dpkg/status", PARAGRAPH("a", "all", "") PARAGRAPH("b", "all", ""));
	put_list(root, "a", "/etc/a/x\n");
	put_list(root, "b", "/etc/b/x\n");
	put(root, "/var/lib/dpkg/info/a.postinst", "script of a\n");
	settle(root);
}

static void check_kept_answers(struct root *root)
{
	struct pkg_db *db;
	_cleanup_(freep) char *scripts = NULL;

	overwrite(root, KEPT, "/etc/a/x", "/etc/a/y"); /* tells whether it is used */
	ask_and_keep(root, "/etc/a/y", "a");
	ask_and_keep(root, "/etc/b/x", "b");
	db = open_dpkg(root);
	check_owners(db, "/etc/a/x", "");
	check_files(db, "a", "/etc/a/y");
	check_files(db, "b", "/etc/b/x");
	CHECK_INT(pkg_dpkg.scripts(db, "a", &scripts), 0);
	CHECK_STR(scripts, "script of a\n");
	free(scripts);
	CHECK_INT(pkg_dpkg.scripts(db, "b", &scripts), 0);
	CHECK_STR(scripts, "");
	pkg_dpkg.close(db);
}

static void check_kept_is_sound(struct root *root)
{
	_cleanup_(freep) char *data = NULL;
	size_t size = 0;

	CHECK(rootfd_read(root->fd, KEPT, WALK_ROOT, 1 << 20, &data, &size) == 0);
	for (size_t n = 0; n < size; n++) { /* cut off anywhere */
		CHECK(atomic_file_write_data(root->fd, KEPT, 0600, data, n, true) == 0);
		ask_and_keep(root, "/etc/a/x", "a");
	}
	for (size_t i = 0; i < 8 + 8 + 4 * 16; i++) { /* other sizes of its parts */
		data[i] ^= 0x40;
		CHECK(atomic_file_write_data(root->fd, KEPT, 0600, data, size, true) == 0);
		ask_and_keep(root, "/etc/a/x", "a");
		data[i] ^= 0x40;
	}
	CHECK(atomic_file_write_data(root->fd, KEPT, 0600, data, size, true) == 0);
	ask_and_keep(root, "/etc/a/x", ""); /* whole, it is used */
	CHECK(atomic_file_write_data(root->fd, KEPT, 0620, data, size, true) == 0);
	ask_and_keep(root, "/etc/a/x", "a"); /* others could have written it */
	CHECK(atomic_file_write_data(root->fd, KEPT, 0600, data, size, true) == 0);
	if (geteuid() == 0) {
		CHECK(fchownat(root->fd, &KEPT[1], 1, 0, 0) == 0);
		ask_and_keep(root, "/etc/a/x", "a");
	}
}

/* Each change comes a moment after the last, and the size stays the same. */
static void check_kept_is_not_old(struct root *root)
{
	struct pkg_db *db;
	char *script = NULL;

	for (int i = 0; i < 50; i++) {
		overwrite(root, "/var/lib/dpkg/info/a.list", "/etc/a/x", "/etc/a/y");
		ask_and_keep(root, "/etc/a/x", "");
		overwrite(root, "/var/lib/dpkg/info/a.list", "/etc/a/y", "/etc/a/x");
		ask_and_keep(root, "/etc/a/y", "");
		put_list(root, "a", "/etc/a/z\n"); /* as dpkg does it, by renaming */
		ask_and_keep(root, "/etc/a/z", "a");
		put_list(root, "a", "/etc/a/x\n");
		ask_and_keep(root, "/etc/a/x", "a");
	}
	put(root, "/var/lib/dpkg/status", PARAGRAPH("b", "all", "") PARAGRAPH("a", "all", ""));
	ask_and_keep(root, "/etc/a/x", "a");
	ask_and_keep(root, "/etc/b/x", "b");
	put(root, "/var/lib/dpkg/status", PARAGRAPH("b", "all", ""));
	ask_and_keep(root, "/etc/a/x", "");
	ask_and_keep(root, "/etc/b/x", "b");
	put(root, "/var/lib/dpkg/diversions", "/etc/b/x\n/etc/b/y\na\n");
	ask_and_keep(root, "/etc/b/x", "");
	ask_and_keep(root, "/etc/b/y", "b");
	put(root, "/var/lib/dpkg/info/b.preinst", "new\n");
	db = open_dpkg(root);
	check_owners(db, "/etc/b/y", "b");
	CHECK_INT(pkg_dpkg.scripts(db, "b", &script), 0);
	CHECK_STR(script, "new\n");
	free(script);
	pkg_dpkg.close(db);
}

TEST(kept_index)
{
	struct root root;

	make_kept(&root);
	check_kept_answers(&root);
	check_kept_is_sound(&root);
	check_kept_is_not_old(&root);
	root_done(&root);
}

TEST(choice)
{
	struct root root;
	const struct pkg_backend *backend = NULL;
	struct pkg_db *db = NULL;

	root_make(&root);
	put(&root, "/var/lib/dpkg/status", PARAGRAPH("a", "all", ""));
	CHECK_INT(pkg_open(root.path, root.fd, NULL, NULL, &backend, &db), 0);
	CHECK(backend == &pkg_dpkg);
	if (db)
		backend->close(db);
	root_done(&root);
}

TEST_MAIN
