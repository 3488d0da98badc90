/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users may own on the way to a directory, and what they may not. Needs root, or a user namespace: there, what
 * would belong to a user is only made writable. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/guarded.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/util.h"
#include "lib/userns.h"

#define USER 1000
#define ATTEMPTS 2000

/* Root of the machine can give files to users. In a namespace, root is the only user, and such checks are left out. */
#define RUN_AS_REAL_ROOT(function)                                                                                     \
	do {                                                                                                           \
		if (geteuid() == 0)                                                                                    \
			function();                                                                                    \
		else                                                                                                   \
			RUN_AS_ROOT(function);                                                                         \
	} while (0)

/* A root directory that everybody may enter. */
static int make(char *path)
{
	int fd;

	if (!mkdtemp(path) || chmod(path, 0755) < 0)
		abort();
	umask(0);
	fd = rootfd_open(path);
	return fd < 0 ? abort(), -1 : fd;
}

static void done(int fd, const char *path)
{
	close(fd);
	rm_rf(AT_FDCWD, path);
}

static void directory(int root, const char *path, mode_t mode, uid_t uid)
{
	CHECK_INT(mkdirat(root, path, 0700), 0);
	CHECK_INT(fchmodat(root, path, mode, 0), 0);
	if (uid)
		CHECK_INT(fchownat(root, path, uid, uid, 0), 0);
}

static bool can_give(int root)
{
	bool can = mkdirat(root, "given", 0700) == 0 && fchownat(root, "given", USER, USER, 0) == 0;

	unlinkat(root, "given", AT_REMOVEDIR);
	return can;
}

/* 0 if the way leads to 'expected', or else the error, with who is to blame in 'culprit', which may be NULL. */
static int leads(int root, const char *path, enum guard guard, const char *expected, const char *culprit)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = guarded_open(root, path, guard, &way);
	struct stat is, should;

	if (culprit)
		CHECK_STR(way.culprit, culprit);
	else
		CHECK(!way.culprit);
	if (fd < 0)
		return fd;
	CHECK_INT(fstatat(root, expected, &should, 0), 0);
	CHECK_INT(fstat(fd, &is), 0);
	CHECK_INT(is.st_ino, should.st_ino);
	return 0;
}

/* The same for a directory in which names are looked up. */
static int holds(int root, const char *path, const char *culprit)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = guarded_open_dir(root, path, GUARD_ROOT_NO_LINKS, &way);

	if (culprit)
		CHECK_STR(way.culprit, culprit);
	return fd < 0 ? fd : 0;
}

static void modes(void)
{
	static const struct {
		mode_t mode;
		int through, last; /* the way goes on in it; it is asked for itself */
	} rows[] = {
		{ 0700, 0, 0 },	     { 0755, 0, 0 },	  { 0711, 0, 0 },      { 02755, 0, 0 },
		{ 0775, -EPERM, 0 }, { 0757, -EPERM, 0 }, { 0777, -EPERM, 0 }, { 01777, -EPERM, 0 },
	};
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);

	directory(root, "a", 0755, 0);
	directory(root, "a/b", 0755, 0);
	directory(root, "a/b/c", 0755, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK_INT(fchmodat(root, "a/b", rows[i].mode, 0), 0);
		for (enum guard guard = GUARD_ROOT; guard <= GUARD_ROOT_NO_LINKS; guard++) {
			CHECK_INT(leads(root, "/a/b/c", guard, "a/b/c", rows[i].through ? "/a/b" : NULL),
				  rows[i].through);
			CHECK_INT(leads(root, "//a/./b/", guard, "a/b", NULL), rows[i].last);
		}
		CHECK_INT(holds(root, "/a/b", rows[i].through ? "/a/b" : NULL), rows[i].through);
	}
	CHECK_INT(fchmodat(root, "a/b", 0755, 0), 0);
	CHECK_INT(fchmodat(root, "a", 0777, 0), 0);
	CHECK_INT(holds(root, "/a/b", "/a"), -EPERM);
	CHECK_INT(fchmodat(root, "a", 0755, 0), 0);
	CHECK_INT(chmod(path, 0777), 0); /* the root directory is on the way, too */
	CHECK_INT(leads(root, "/a", GUARD_ROOT, "a", "/"), -EPERM);
	CHECK_INT(holds(root, "/", "/"), -EPERM);
	done(root, path);
}

TEST(a_way_for_root_goes_through_directories_that_only_root_can_write_to)
{
	RUN_AS_ROOT(modes);
}

/* user::rwx, user:1000:rwx, group::r-x, mask::rwx, other::r-x, as acl(5) has them on disk. */
static bool access_list(void)
{
	static const unsigned char list[] = {
		2, 0,	       0,	  0,   1,   0,	 7,  0, 255, 255, 255, 255, 2,	 0,   7,
		0, USER & 255, USER >> 8, 0,   0,   4,	 0,  5, 0,   255, 255, 255, 255, 16,  0,
		7, 0,	       255,	  255, 255, 255, 32, 0, 5,   0,	  255, 255, 255, 255,
	};
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);
	_cleanup_(freep) char *dir = xasprintf("%s/a", path);
	bool can;

	directory(root, "a", 0755, 0);
	directory(root, "a/b", 0755, 0);
	CHECK_INT(leads(root, "/a/b", GUARD_ROOT, "a/b", NULL), 0);
	can = setxattr(dir, "system.posix_acl_access", list, sizeof(list), 0) == 0;
	if (can)
		CHECK_INT(leads(root, "/a/b", GUARD_ROOT, "a/b", "/a"), -EPERM);
	done(root, path);
	return can;
}

TEST(an_access_list_counts)
{
	if (geteuid() != 0)
		SKIP("needs root");
	if (!access_list())
		SKIP("the file system of /tmp has no access lists");
}

static void links(void)
{
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);

	directory(root, "a", 0755, 0);
	directory(root, "a/b", 0755, 0);
	directory(root, "open", 0777, 0);
	directory(root, "open/c", 0755, 0);
	CHECK_INT(symlinkat("b", root, "a/relative"), 0);
	CHECK_INT(symlinkat("/a/relative", root, "absolute"), 0);
	CHECK_INT(symlinkat("../../..", root, "a/up"), 0);
	CHECK_INT(symlinkat("around", root, "around"), 0);
	CHECK_INT(symlinkat("open/c", root, "out"), 0);
	CHECK_INT(symlinkat("/a", root, "open/in"), 0);
	CHECK_INT(leads(root, "/a/relative", GUARD_ROOT, "a/b", NULL), 0);
	CHECK_INT(leads(root, "/absolute", GUARD_ROOT, "a/b", NULL), 0);
	CHECK_INT(leads(root, "/a/up/a/b", GUARD_ROOT, "a/b", NULL), 0);
	CHECK_INT(leads(root, "/absolute/../b", GUARD_ROOT, "a/b", NULL), 0);
	CHECK_INT(leads(root, "/around", GUARD_ROOT, "a", "/around"), -ELOOP);
	CHECK_INT(leads(root, "/out", GUARD_ROOT, "a", "/open"), -EPERM);
	CHECK_INT(leads(root, "/open/in/b", GUARD_ROOT, "a/b", "/open"), -EPERM);
	CHECK_INT(leads(root, "/a/nosuch", GUARD_ROOT, "a", NULL), -ENOENT);
	for (enum guard guard = GUARD_ROOT_NO_LINKS; guard <= GUARD_USERS; guard++) {
		CHECK_INT(leads(root, "/a/relative", guard, "a", "/a/relative"), -ELOOP);
		CHECK_INT(leads(root, "/absolute/b", guard, "a", "/absolute"), -ELOOP);
		CHECK_INT(leads(root, "/a/../a/b", guard, "a", "/a/.."), -ELOOP);
	}
	CHECK_INT(mknodat(root, "a/file", S_IFREG | 0644, 0), 0);
	CHECK_INT(leads(root, "/a/file", GUARD_ROOT, "a", NULL), -ENOTDIR);
	CHECK_INT(leads(root, "/a/file/b", GUARD_USERS, "a", NULL), -ENOTDIR);
	done(root, path);
}

TEST(links_are_followed_where_only_root_can_make_them)
{
	RUN_AS_ROOT(links);
}

static void sources(void)
{
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);

	directory(root, "home", 0755, 0);
	directory(root, "home/open", 0777, 0);
	directory(root, "home/open/root", 0755, 0);
	directory(root, "home/sticky", 01777, 0);
	directory(root, "home/sticky/root", 0700, 0);
	CHECK_INT(leads(root, "/home/open", GUARD_USERS, "home/open", NULL), 0);
	CHECK_INT(leads(root, "/home/open/root", GUARD_USERS, "", "/home/open/root"), -EPERM);
	CHECK_INT(leads(root, "/home/sticky/root", GUARD_USERS, "home/sticky/root", NULL), 0);
	if (can_give(root)) {
		directory(root, "home/user", 0755, USER);
		directory(root, "home/user/a", 0755, USER);
		directory(root, "home/user/a/other", 0755, USER + 1);
		directory(root, "home/user/root", 0700, 0);
		directory(root, "home/user/root/user", 0755, USER);
		directory(root, "home/user/sticky", 01755, USER); /* whose owner may rename what is in it */
		directory(root, "home/user/sticky/root", 0755, 0);
		CHECK_INT(leads(root, "/home/user", GUARD_USERS, "home/user", NULL), 0);
		CHECK_INT(leads(root, "/home/user/a/other", GUARD_USERS, "home/user/a/other", NULL), 0);
		CHECK_INT(leads(root, "/home/user/root", GUARD_USERS, "", "/home/user/root"), -EPERM);
		CHECK_INT(leads(root, "/home/user/root/user", GUARD_USERS, "", "/home/user/root"), -EPERM);
		CHECK_INT(leads(root, "/home/user/sticky/root", GUARD_USERS, "", "/home/user/sticky/root"), -EPERM);
		CHECK_INT(leads(root, "/home/user/a", GUARD_ROOT, "", "/home/user"), -EPERM);
	}
	done(root, path);
}

TEST(a_user_hands_over_what_is_not_roots)
{
	RUN_AS_REAL_ROOT(sources);
}

static bool is_closed(int root, const char *path)
{
	_cleanup_(way_done) struct way way = { 0 };
	_cleanup_(closep) int fd = guarded_open(root, path, GUARD_USERS, &way);

	return fd >= 0 && way.closed;
}

static void closed(void)
{
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);

	directory(root, "open", 0755, 0);
	directory(root, "group", 0710, 0);
	directory(root, "kept", 0700, 0);
	directory(root, "kept/open", 0777, 0);
	CHECK(!is_closed(root, "/open"));
	CHECK(!is_closed(root, "/group"));
	CHECK(is_closed(root, "/kept"));
	CHECK(is_closed(root, "/kept/open"));
	if (can_give(root)) {
		directory(root, "user", 0700, USER);
		CHECK(!is_closed(root, "/user"));
	}
	done(root, path);
}

TEST(a_way_is_closed_by_root_alone)
{
	RUN_AS_REAL_ROOT(closed);
}

/* While a process exchanges two directories, the way leads to the one that root may use, or to nowhere. */
static void race(void)
{
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);
	unsigned int good = 0, refused = 0;
	pid_t pid;

	directory(root, "safe", 0755, 0);
	directory(root, "safe/tree", 0700, 0);
	directory(root, "trap", 0777, 0);
	directory(root, "trap/tree", 0700, 0);
	pid = fork();
	if (pid == 0)
		for (;;)
			renameat2(root, "safe", root, "trap", RENAME_EXCHANGE);
	for (int i = 0; i < ATTEMPTS || ((!good || !refused) && i < 1000 * ATTEMPTS); i++) {
		_cleanup_(way_done) struct way way = { 0 };
		_cleanup_(closep) int fd = guarded_open(root, "/safe/tree", GUARD_ROOT, &way);
		struct stat above;

		good += fd >= 0;
		refused += fd == -EPERM;
		if (fd >= 0)
			CHECK(fstatat(fd, "..", &above, 0) == 0 && (above.st_mode & 07777) == 0755);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK(good > 0);
	CHECK(refused > 0);
	done(root, path);
}

TEST(what_was_looked_at_is_what_is_opened)
{
	RUN_AS_ROOT(race);
}

/* 0 if the file can be read and contains "text", or the error. */
static int reads(int root, const char *path)
{
	_cleanup_(freep) char *text = NULL;
	size_t size = 0;
	int r = guarded_read(root, path, 100, &text, &size);

	if (r == 0)
		CHECK(size == 4 && strcmp(text, "text") == 0);
	return r;
}

/* 0 if the path leads to 'expected' after all links, or the error. */
static int resolves(int root, const char *path, const char *expected)
{
	_cleanup_(freep) char *real = NULL;
	int r = guarded_realpath(root, path, &real);

	if (r == 0)
		CHECK_STR(real, expected);
	return r;
}

static void file(int root, const char *path, mode_t mode)
{
	_cleanup_(closep) int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL, mode);

	CHECK(fd >= 0 && write(fd, "text", 4) == 4);
}

static void words(void)
{
	static const struct {
		const char *path;
		int reads;
		const char *real; /* NULL if it cannot be found either, for the same reason */
	} rows[] = {
		{ "/a/file", 0, "/a/file" },	      { "/a/link", 0, "/a/file" },
		{ "/a/shared", -EPERM, "/a/shared" }, { "/a/to-shared", -EPERM, "/a/shared" },
		{ "/open/file", -EPERM, NULL },	      { "/a/out", -EPERM, NULL },
		{ "/open/in", -EPERM, NULL },	      { "/a/open/in", -EPERM, NULL },
		{ "/a/open", -EPERM, "/open" },	      { "/a/b", -EINVAL, "/a/b" },
		{ "/a/b/", -EINVAL, "/a/b" },	      { "/a/file/", -ENOTDIR, NULL },
		{ "/a/file/x", -ENOTDIR, NULL },      { "/a/none", -ENOENT, NULL },
	};
	char path[] = "/tmp/test-guarded.XXXXXX";
	int root = make(path);

	directory(root, "a", 0755, 0);
	directory(root, "a/b", 0755, 0);
	directory(root, "open", 0777, 0);
	file(root, "a/file", 0600);
	file(root, "a/shared", 0664);
	file(root, "open/file", 0644);
	CHECK_INT(symlinkat("b/../file", root, "a/link"), 0);
	CHECK_INT(symlinkat("/a/shared", root, "a/to-shared"), 0);
	CHECK_INT(symlinkat("../open/file", root, "a/out"), 0);
	CHECK_INT(symlinkat("/a/file", root, "open/in"), 0);
	CHECK_INT(symlinkat("/open", root, "a/open"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = reads(root, rows[i].path);

		if (r != rows[i].reads)
			printf("# %s:\n", rows[i].path);
		CHECK_INT(r, rows[i].reads);
		CHECK_INT(resolves(root, rows[i].path, rows[i].real), rows[i].real ? 0 : rows[i].reads);
	}
	if (can_give(root)) {
		CHECK_INT(fchownat(root, "a/file", USER, USER, 0), 0);
		CHECK_INT(reads(root, "/a/link"), -EPERM);
		CHECK_INT(resolves(root, "/a/link", "/a/file"), 0);
	}
	done(root, path);
}

TEST(text_is_roots_word_if_nobody_else_can_change_or_exchange_it)
{
	RUN_AS_REAL_ROOT(words);
}

TEST_MAIN
