/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chosen changes come to the host, and nothing else does, whatever the command planted. */
#include "lib/tap.h"

#include <sys/wait.h>

#include "base/buf.h"
#include "sandbox/apply.h"
#include "unit/sandbox/trees.h"

/* Appends what is in a directory: 'PATH=TEXT' for a file, 'PATH/' for a directory, 'PATH>TARGET' for a link, 'PATH|'
 * for a fifo and 'PATH?' for something else, with the mode if it is not the usual one. */
static void describe(int fd, const char *path, struct strv *ret)
{
	_cleanup_(strv_done) struct strv names = { 0 };

	CHECK_INT(rootfd_list(fd, path, WALK_TREE, &names), 0);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *at = xasprintf("%s/%s", path, names.v[i]), *text = NULL, *mode = NULL;
		struct stat st;

		CHECK_INT(rootfd_lstat(fd, at, WALK_TREE, &st), 0);
		mode = xasprintf(":%o", st.st_mode & 07777);
		if (S_ISDIR(st.st_mode)) {
			strv_addf(ret, "%s/%s", at, (st.st_mode & 07777) == 0755 ? "" : mode);
			describe(fd, at, ret);
		} else if (S_ISREG(st.st_mode)) {
			CHECK_INT(rootfd_read(fd, at, WALK_TREE, 1000000, &text, NULL), 0);
			strv_addf(ret, "%s%s=%s", at, (st.st_mode & 07777) == 0644 ? "" : mode, text ? text : "");
		} else if (S_ISLNK(st.st_mode)) {
			CHECK_INT(rootfd_readlink(fd, at, WALK_TREE, &text), 0);
			strv_addf(ret, "%s>%s", at, text ? text : "");
		} else {
			strv_addf(ret, "%s%c", at, S_ISFIFO(st.st_mode) ? '|' : '?');
		}
	}
}

static char *host_of(const struct trees *t)
{
	_cleanup_(strv_done) struct strv list = { 0 };

	describe(t->host, "etc", &list);
	describe(t->host, "usr", &list);
	return strv_join(&list, " ");
}

static int apply(const struct trees *t, const char *paths, const struct apply_options *options)
{
	_cleanup_(changes_done) struct changes changes = { 0 };
	_cleanup_(strv_done) struct strv list = { 0 };
	_cleanup_(freep) bool *chosen = NULL;
	int r = changes_find(t->host, t->dir, &changes);

	strv_split(&list, paths, " ");
	if (r == 0)
		r = changes_choose(&changes, &list, &chosen);
	return r < 0 ? r : changes_apply(t->host, t->dir, &changes, chosen, options);
}

#define DRY 1
#define FORCE 2
#define SET_ID 4

static const struct {
	const char *host, *upper, *paths;
	int flags, r;
	const char *expected;
	const char *later;
} cases[] = {
	{ "", "f/etc/a=x", "", 0, 0, "etc/a=x", "" },
	{ "", "f/etc/a=x", "", DRY, 0, "", "" },
	{ "f/etc/a=x", "f/etc/a=y f/etc/b=z", "/etc/a", 0, 0, "etc/a=y", "" },
	{ "f/etc/a=x", "f/etc/a=y f/etc/b=z", "/etc/a /etc/b/", 0, 0, "etc/a=y etc/b=z", "" },
	{ "f/etc/a=x", "f/etc/a=y f/usr/b=z", "/usr /etc", 0, 0, "etc/a=y usr/b=z", "" },
	{ "f/etc/a=x", "f/etc/a=y d/usr/lib f/usr/lib/b=z", "/lib", 0, 0, "etc/a=x usr/lib/ usr/lib/b=z", "" },
	{ "f/etc/a=x", "f/etc/a=y f/etc/b=z", "/", 0, 0, "etc/a=y etc/b=z", "" },
	{ "f/etc/a=x", "f/etc/a=y", "/etc/b", 0, -ENOENT, "etc/a=x", "" },
	{ "f/etc/a=x", "f/etc/a=y", "/etc/a /etc/b", 0, -ENOENT, "etc/a=x", "" },
	{ "f/etc/a=x", "f/etc/a=y", "etc/a", 0, -EINVAL, "etc/a=x", "" },
	{ "f/etc/a=x", "f/etc/a:600=x", "", 0, 0, "etc/a:600=x", "" },
	{ "d/etc/d f/etc/d/a=x", "d/etc/d:2750", "", 0, 0, "etc/d/:2750 etc/d/a=x", "" },
	{ "f/etc/a=x", "w/etc/a", "", 0, 0, "", "" },
	{ "l/etc/a=b", "l/etc/a=c", "", 0, 0, "etc/a>c", "" },
	/* Directories of which some are new. */
	{ "", "d/etc/d:700 d/etc/d/e f/etc/d/e/a=x f/etc/d/b=y", "/etc/d/e/a", 0, 0, "etc/d/:700 etc/d/e/ etc/d/e/a=x",
	  "" },
	{ "", "d/etc/d:0 d/etc/d/e f/etc/d/e/a=x", "", 0, 0, "etc/d/:0 etc/d/e/ etc/d/e/a=x", "" },
	{ "d/etc/d f/etc/d/a=x d/etc/d/e f/etc/d/e/b=x", "w/etc/d", "", 0, 0, "", "" },
	{ "d/etc/d f/etc/d/a=x d/etc/d/e f/etc/d/e/b=x", "w/etc/d", "/etc/d/e", 0, 0, "etc/d/ etc/d/a=x", "" },
	{ "d/etc/d f/etc/d/a=x f/etc/d/b=x", "o/etc/d f/etc/d/b=y", "", 0, 0, "etc/d/ etc/d/b=y", "" },
	/* Something of another type. */
	{ "f/etc/a=x", "l/etc/a=/outside", "", 0, 0, "etc/a>/outside", "" },
	{ "l/etc/a=/outside", "f/etc/a=x", "", 0, 0, "etc/a=x", "" },
	{ "f/etc/a=x", "p/etc/a", "", 0, 0, "etc/a|", "" },
	{ "d/etc/d f/etc/d/a=x", "f/etc/d=y", "", 0, 0, "etc/d=y", "" },
	{ "d/etc/d f/etc/d/a=x", "l/etc/d=../../outside", "", 0, 0, "etc/d>../../outside", "" },
	{ "f/etc/d=y", "d/etc/d f/etc/d/a=x", "", 0, 0, "etc/d/ etc/d/a=x", "" },
	{ "l/etc/d=../../outside", "d/etc/d f/etc/d/a=x", "", 0, 0, "etc/d/ etc/d/a=x", "" },
	/* A link on the host in the way of what alone was chosen. */
	{ "l/etc/d=../../outside", "d/etc/d f/etc/d/a=x", "/etc/d/a", 0, -ECANCELED, "etc/d>../../outside", "" },
	{ "", "d/etc/d f/etc/d/a=x", "", 0, -ECANCELED, "etc/d>../../outside", "l/etc/d=../../outside" },
	{ "", "d/etc/d f/etc/d/a=x", "/etc/d/a", FORCE, -ECANCELED, "etc/d>../../outside", "l/etc/d=../../outside" },
	/* What the host has changed since. */
	{ "f/etc/a=x", "f/etc/a=y f/etc/b=z", "", 0, -ECANCELED, "etc/a=X", "f/etc/a=X" },
	{ "f/etc/a=x", "f/etc/a=y f/etc/b=z", "/etc/b", 0, 0, "etc/a=X etc/b=z", "f/etc/a=X" },
	{ "f/etc/a=x", "f/etc/a=y f/etc/b=z", "", FORCE, 0, "etc/a=y etc/b=z", "f/etc/a=X" },
	{ "f/etc/a=x", "f/etc/a=y", "", 0, 0, "etc/a=y", "f/etc/a=y" },
	{ "f/etc/a=x", "f/etc/a=y", "", DRY, -ECANCELED, "etc/a=X", "f/etc/a=X" },
	{ "f/etc/a=x", "w/etc/a", "", 0, -ECANCELED, "etc/a=X", "f/etc/a=X" },
	{ "", "f/etc/a=x", "", 0, -ECANCELED, "etc/a=X", "f/etc/a=X" },
	{ "d/etc/d f/etc/d/a=x", "w/etc/d", "", 0, -ECANCELED, "etc/d/ etc/d/a=x etc/d/b=x", "f/etc/d/b=x" },
	{ "d/etc/d f/etc/d/a=x", "f/etc/d=x", "", 0, -ECANCELED, "etc/d/ etc/d/a=x etc/d/b=x", "f/etc/d/b=x" },
	{ "d/etc/d f/etc/d/a=x", "d/etc/d f/etc/d/b=y", "/etc/d/b", 0, 0, "etc/d/ etc/d/a=x etc/d/b=y", "" },
	/* What could give rights to somebody. */
	{ "", "f/etc/a:6755=x", "", 0, 0, "etc/a:755=x", "" },
	{ "", "f/etc/a:6755=x", "", SET_ID, 0, "etc/a:6755=x", "" },
	{ "f/etc/a:755=x", "f/etc/a:4755=x", "", 0, 0, "etc/a:755=x", "" },
	{ "f/etc/a:4755=x", "f/etc/a:4755=y", "", 0, 0, "etc/a:755=y", "" },
	{ "f/etc/a:4755=x", "f/etc/a:4750=x", "", 0, 0, "etc/a:4750=x", "" },
	{ "f/etc/a:4755=x", "f/etc/a:6755=x", "", 0, 0, "etc/a:755=x", "" },
	{ "", "f/etc/a:1666=x", "", 0, 0, "etc/a:1666=x", "" },
	{ "", "c/etc/c s/etc/s p/etc/p f/etc/a=x", "", SET_ID, 0, "etc/a=x etc/p|", "" },
	{ "f/etc/c=x", "c/etc/c", "", FORCE, 0, "etc/c=x", "" },
	/* What an interrupted run left, or somebody planted, where new files are made. */
	{ "d/etc/.virt-sandbox-apply f/etc/.virt-sandbox-apply/new=z", "f/etc/a=x", "", 0, 0, "etc/a=x", "" },
	{ "l/etc/.virt-sandbox-apply=../../outside", "f/etc/a=x", "", 0, 0, "etc/a=x", "" },
	{ "", "d/etc/.virt-sandbox-apply f/etc/.virt-sandbox-apply/new=z f/etc/a=x", "", 0, 0, "etc/a=x", "" },
};

TEST(changes_come_to_the_host)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct apply_options options = { .dry_run = cases[i].flags & DRY,
						       .force = cases[i].flags & FORCE,
						       .set_id = cases[i].flags & SET_ID };
		_cleanup_(trees_done) struct trees t;
		_cleanup_(freep) char *after = NULL;
		int failures = test_failures;

		if (!trees_make(&t, cases[i].host, cases[i].upper) || !put_words(t.host, cases[i].later)) {
			if (geteuid() == 0)
				CHECK_STR("not made", cases[i].upper);
			continue;
		}
		CHECK_INT(apply(&t, cases[i].paths, &options), cases[i].r);
		after = host_of(&t);
		CHECK_STR(after, cases[i].expected);
		CHECK_INT(unlinkat(t.fd, "outside", AT_REMOVEDIR), 0); /* it is empty */
		if (test_failures > failures)
			printf("# in the case '%s', '%s', '%s'\n", cases[i].host, cases[i].upper, cases[i].paths);
	}
}

static struct stat look(int fd, const char *path)
{
	struct stat st = { 0 };

	CHECK_INT(fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

/* A second run finds nothing to do. */
TEST(times_owners_attributes_and_names_of_one_file)
{
	_cleanup_(trees_done) struct trees t;
	struct stat a, b, before;
	char value[8] = "";

	if (!trees_make(
		    &t, "f/etc/kept=x",
		    "f/etc/a=x u/etc/a=7 x/etc/a=user.k=v d/etc/d u/etc/d=8 l/etc/l=x u/etc/l=9 t/etc/t=1000000000000"))
		SKIP("needs root");
	CHECK_INT(linkat(t.fd, "keep/upper/etc/a", t.fd, "keep/upper/etc/d/b", 0), 0);
	before = look(t.fd, "keep/upper/etc/a");
	CHECK_INT(apply(&t, "", &(struct apply_options){ 0 }), 0);
	a = look(t.host, "etc/a");
	b = look(t.host, "etc/d/b");
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 2);
	CHECK_INT(a.st_uid, 7);
	CHECK(a.st_mtim.tv_sec == before.st_mtim.tv_sec && a.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
	CHECK_INT(look(t.host, "etc/d").st_uid, 8);
	CHECK_INT(look(t.host, "etc/l").st_gid, 9);
	CHECK_INT(look(t.host, "etc/t").st_size, 1000000000000);
	CHECK(look(t.host, "etc/t").st_blocks < 1000);
	{
		_cleanup_(closep) int f = openat(t.host, "etc/a", O_RDONLY);

		CHECK_INT(fgetxattr(f, "user.k", value, sizeof(value)), 1);
		CHECK_STR(value, "v");
	}
	{
		_cleanup_(changes_done) struct changes changes = { 0 };

		CHECK_INT(changes_find(t.host, t.dir, &changes), 0);
		CHECK_INT(changes.n, 0);
	}
	CHECK_INT(apply(&t, "", &(struct apply_options){ 0 }), 0);
}

/* A new name of a file keeps its rights only if it is a name of the file that has them on the host. */
TEST(new_names_of_files_with_rights)
{
	_cleanup_(trees_done) struct trees t;

	CHECK(trees_make(&t, "f/etc/a:4755=x", "f/etc/a:4711=x"));
	CHECK_INT(linkat(t.fd, "keep/upper/etc/a", t.fd, "keep/upper/etc/b", 0), 0);
	CHECK_INT(apply(&t, "", &(struct apply_options){ 0 }), 0);
	CHECK_INT(look(t.host, "etc/a").st_mode & 07777, 04711);
	CHECK_INT(look(t.host, "etc/b").st_mode & 07777, 0711);
}

/* cap_net_raw+ep, as capabilities(7) has it on the disk. */
static const unsigned char capability[20] = { 1, 0, 0, 2, 0, 0x20 };

TEST(file_capabilities)
{
	static const struct {
		bool set_id, host;
		const char *upper;
		ssize_t size;
	} rows[] = {
		{ false, false, "f/etc/a=x", -1 },
		{ true, false, "f/etc/a=x", 20 },
		{ false, true, "f/etc/a:600=x", 20 }, /* the host's own */
		{ false, true, "f/etc/a=y", -1 },
	};

	if (geteuid() != 0)
		SKIP("needs root");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(trees_done) struct trees t;
		_cleanup_(closep) int there = -1, host = -1;

		CHECK(trees_make(&t, rows[i].host ? "f/etc/a=x" : "", rows[i].upper));
		there = openat(t.fd, "keep/upper/etc/a", O_RDONLY);
		CHECK_INT(fsetxattr(there, "security.capability", capability, sizeof(capability), 0), 0);
		host = rows[i].host ? openat(t.host, "etc/a", O_RDONLY) : -1;
		if (host >= 0)
			CHECK_INT(fsetxattr(host, "security.capability", capability, sizeof(capability), 0), 0);
		closep(&host);
		CHECK_INT(apply(&t, "", &(struct apply_options){ .set_id = rows[i].set_id, .force = true }), 0);
		host = openat(t.host, "etc/a", O_RDONLY);
		CHECK_INT(fgetxattr(host, "security.capability", NULL, 0), rows[i].size);
	}
}

/* The attributes of a directory that the command removed go, and new files do not inherit what theirs lacked. */
TEST(attributes_of_directories)
{
	/* user::rwx user:1:rwx group::r-x mask::rwx other::r-x, as posix_acl_xattr.h has it. */
	static const unsigned char acl[] = {
		2, 0, 0,    0,	  1,	0,    7,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,	   7,
		0, 1, 0,    0,	  0,	4,    0,    5, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
		7, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 5,    0,	   0xff, 0xff, 0xff, 0xff,
	};
	_cleanup_(trees_done) struct trees t;
	_cleanup_(closep) int d = -1, e = -1, f = -1;

	CHECK(trees_make(&t, "d/etc/d d/etc/e x/etc/e=user.k=v", "d/etc/d f/etc/d/a=x d/etc/e"));
	d = openat(t.host, "etc/d", O_RDONLY);
	if (fsetxattr(d, "system.posix_acl_default", acl, sizeof(acl), 0) < 0)
		SKIP("this file system has no ACLs");
	CHECK_INT(apply(&t, "/etc/d/a /etc/e", &(struct apply_options){ 0 }), 0);
	f = openat(t.host, "etc/d/a", O_RDONLY);
	CHECK_INT(fgetxattr(f, "system.posix_acl_access", NULL, 0), -1);
	CHECK_INT(look(t.host, "etc/d/a").st_mode & 07777, 0644);
	e = openat(t.host, "etc/e", O_RDONLY);
	CHECK_INT(fgetxattr(e, "user.k", NULL, 0), -1);
	CHECK(fgetxattr(d, "system.posix_acl_default", NULL, 0) > 0);
}

/* Killed at any moment, it leaves each path as it was or as it is to be, and the next run does the rest. */
TEST(killed_at_any_moment)
{
	static const char host[] = "f/etc/a=aaa f/etc/b=bbb d/etc/c f/etc/c/x=x f/etc/d=d";
	static const char upper[] = "f/etc/a=AAA w/etc/b o/etc/c f/etc/c/y=y d/etc/d f/etc/d/z=z";

	for (int delay = 0; delay < 40; delay++) {
		_cleanup_(trees_done) struct trees t;
		_cleanup_(freep) char *text = NULL, *after = NULL;
		pid_t pid;

		if (!trees_make(&t, host, upper))
			SKIP("needs root");
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			apply(&t, "", &(struct apply_options){ 0 });
			_exit(0);
		}
		usleep((useconds_t)delay * 50);
		kill(pid, SIGKILL);
		CHECK_INT(waitpid(pid, NULL, 0), pid);
		CHECK_INT(rootfd_read(t.host, "etc/a", WALK_TREE, 1000, &text, NULL), 0);
		CHECK(text && (strcmp(text, "aaa") == 0 || strcmp(text, "AAA") == 0));
		CHECK_INT(apply(&t, "", &(struct apply_options){ .force = true }), 0);
		after = host_of(&t);
		CHECK_STR(after, "etc/a=AAA etc/c/ etc/c/y=y etc/d/ etc/d/z=z");
	}
}

/* The kill came after the last change in a directory. */
TEST(killed_when_all_was_done)
{
	_cleanup_(trees_done) struct trees t;
	_cleanup_(freep) char *after = NULL;

	if (!trees_make(&t,
			"f/etc/a=aaa d/etc/.virt-sandbox-apply d/etc/b d/etc/b/.virt-sandbox-apply "
			"f/etc/b/.virt-sandbox-apply/new=x",
			"f/etc/a=aaa d/etc/b f/etc/b/c=c"))
		SKIP("needs root");
	CHECK_INT(apply(&t, "", &(struct apply_options){ 0 }), 0);
	after = host_of(&t);
	CHECK_STR(after, "etc/a=aaa etc/b/ etc/b/c=c");
}

TEST_MAIN
