/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The copy of a container's tree has everything that the tree has, and nothing from outside of it, whatever root inside
 * planted. Needs no root; owners other than this user, devices and capabilities are tests/host/test-clone.sh's. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/tree-copy.h"

/* A directory of its own, with 'in', 'out' and 'outside' in it. */
static int make(char *path)
{
	int fd;

	umask(0);
	if (!mkdtemp(path))
		abort();
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "in", 0700) < 0 || mkdirat(fd, "out", 0700) < 0 || mkdirat(fd, "outside", 0700) < 0)
		abort();
	return fd;
}

static void write_text(int fd, const char *path, const char *text)
{
	_cleanup_(closep) int f = openat(fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(f >= 0 && write(f, text, strlen(text)) == (ssize_t)strlen(text));
}

static int copy(int fd, struct tree_copy *options)
{
	_cleanup_(closep) int in = openat(fd, "in", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closep) int out = openat(fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return tree_copy(in, out, options);
}

static struct stat look(int fd, const char *path)
{
	struct stat st = { 0 };

	CHECK_INT(fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

TEST(everything_is_as_it_was)
{
	static const char *const paths[] = { "a", "a/setuid", "a/link", "a/fifo", "a/shut", "a/sparse" };
	const struct timespec past[2] = { { 1000, 1 }, { 2000, 2 } };
	char path[] = "/tmp/test-copy.XXXXXX", target[32] = "", value[32] = "";
	_cleanup_(closep) int fd = make(path);
	struct tree_copy options = { 0 };

	CHECK_INT(mkdirat(fd, "in/a", 01777), 0);
	CHECK_INT(mkdirat(fd, "in/a/shut", 0), 0);
	write_text(fd, "in/a/setuid", "text");
	CHECK_INT(fchmodat(fd, "in/a/setuid", 06711, 0), 0);
	CHECK_INT(symlinkat("../../outside/secret", fd, "in/a/link"), 0);
	CHECK_INT(mkfifoat(fd, "in/a/fifo", 0606), 0);
	write_text(fd, "in/a/sparse", "begin");
	{
		_cleanup_(closep) int f = openat(fd, "in/a/sparse", O_WRONLY | O_CLOEXEC);

		CHECK_INT(pwrite(f, "end", 3, 1L << 30), 3);
		if (fsetxattr(f, "user.test", "value", 5, 0) < 0)
			strcpy(value, "value"); /* this file system has none */
	}
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_(freep) char *in = xasprintf("in/%s", paths[ARRAY_SIZE(paths) - 1 - i]);

		CHECK_INT(utimensat(fd, in, past, AT_SYMLINK_NOFOLLOW), 0);
	}
	CHECK_INT(utimensat(fd, "in/a", past, 0), 0);
	CHECK_INT(copy(fd, &options), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_(freep) char *in = xasprintf("in/%s", paths[i]), *out = xasprintf("out/%s", paths[i]);
		struct stat a = look(fd, in), b = look(fd, out);

		CHECK(a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_gid == b.st_gid);
		CHECK(same_time(a.st_mtim, b.st_mtim) && same_time(b.st_mtim, past[1]));
		CHECK(S_ISDIR(a.st_mode) || a.st_size == b.st_size);
	}
	CHECK(readlinkat(fd, "out/a/link", target, sizeof(target) - 1) > 0);
	CHECK_STR(target, "../../outside/secret");
	CHECK(look(fd, "out/a/sparse").st_blocks < 1024);
	if (!*value) {
		_cleanup_(closep) int f = openat(fd, "out/a/sparse", O_RDONLY | O_CLOEXEC);

		CHECK_INT(fgetxattr(f, "user.test", value, sizeof(value) - 1), 5);
	}
	CHECK_STR(value, "value");
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

/* Names of one file are names of one file in the copy, too, in whatever directories they are; and nothing that was
 * needed for this is left. */
TEST(hard_links)
{
	char path[] = "/tmp/test-copy.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	_cleanup_(strv_done) struct strv names = { 0 };
	struct tree_copy options = { 0 };
	struct stat a, b;

	CHECK_INT(mkdirat(fd, "in/a", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/b", 0700), 0);
	write_text(fd, "in/a/1", "text");
	CHECK_INT(linkat(fd, "in/a/1", fd, "in/b/2", 0), 0);
	CHECK_INT(linkat(fd, "in/a/1", fd, "in/3", 0), 0);
	write_text(fd, "in/x", "one name of this is outside");
	CHECK_INT(linkat(fd, "in/x", fd, "outside/x", 0), 0);
	CHECK_INT(linkat(fd, "in/x", fd, "in/b/x", 0), 0);
	CHECK_INT(symlinkat("nowhere", fd, "in/link"), 0);
	CHECK_INT(linkat(fd, "in/link", fd, "in/b/link", 0), 0);
	CHECK_INT(copy(fd, &options), 0);
	a = look(fd, "out/a/1");
	b = look(fd, "out/b/2");
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 3 && look(fd, "out/3").st_ino == a.st_ino);
	CHECK(a.st_ino != look(fd, "in/a/1").st_ino);
	CHECK(look(fd, "out/x").st_ino == look(fd, "out/b/x").st_ino && look(fd, "out/x").st_nlink == 2);
	CHECK(look(fd, "out/link").st_ino == look(fd, "out/b/link").st_ino);
	CHECK_INT(rootfd_list(fd, "out", WALK_TREE, &names), 0);
	CHECK_INT(names.n, 5);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

static enum tree_choice choose(void *data, const char *path, const struct stat *st)
{
	static const struct {
		const char *path;
		enum tree_choice choice;
	} rows[] = {
		{ "/etc/machine-id", TREE_NOT },
		{ "/etc/key", TREE_EMPTY },
		{ "/var/log/journal", TREE_EMPTY },
	};

	(void)data;
	CHECK(st->st_ino != 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(path, rows[i].path) == 0)
			return rows[i].choice;
	return TREE_WHOLE;
}

TEST(what_is_left_out)
{
	char path[] = "/tmp/test-copy.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_(closep) int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct tree_copy options = { .choose = choose };
	struct stat st;

	CHECK_INT(mkdirat(fd, "in/etc", 0700), 0);
	write_text(fd, "in/etc/machine-id", "text");
	write_text(fd, "in/etc/machine-id2", "text");
	write_text(fd, "in/etc/key", "secret");
	CHECK_INT(fchmodat(fd, "in/etc/key", 0640, 0), 0);
	CHECK_INT(mkdirat(fd, "in/var", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/var/log", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/var/log/journal", 0755), 0);
	CHECK_INT(fchmodat(fd, "in/var/log/journal", 02755, 0), 0);
	CHECK_INT(mkdirat(fd, "in/var/log/journal/0123", 0755), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/in/var/socket", path);
	CHECK_INT(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(copy(fd, &options), 0);
	CHECK_INT(fstatat(fd, "out/etc/machine-id", &st, 0), -1);
	CHECK_INT(fstatat(fd, "out/etc/machine-id2", &st, 0), 0);
	CHECK_INT(fstatat(fd, "out/var/socket", &st, 0), -1);
	CHECK_INT(fstatat(fd, "out/var/log/journal/0123", &st, 0), -1);
	CHECK(look(fd, "out/var/log/journal").st_mode == (S_IFDIR | 02755));
	CHECK(look(fd, "out/etc/key").st_size == 0 && look(fd, "out/etc/key").st_mode == (S_IFREG | 0640));
	CHECK_INT(options.devices, 0);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

TEST(deeper_than_there_are_descriptors)
{
	enum { DEPTH = 3000 };
	char path[] = "/tmp/test-copy.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	_cleanup_(closep) int dir = openat(fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tree_copy options = { .choose = choose };
	struct rlimit before;
	struct stat st;

	write_text(fd, "in/first", "text");
	for (int i = 0; i < DEPTH; i++) {
		int below;

		CHECK_INT(mkdirat(dir, "deeper", 0700), 0);
		below = openat(dir, "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(dir);
		dir = below;
		if (i % 100 == 0)
			CHECK_INT(linkat(fd, "in/first", dir, "name", 0), 0);
	}
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 32, before.rlim_max }), 0);
	CHECK_INT(copy(fd, &options), 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
	st = look(fd, "out/first");
	CHECK_INT(st.st_nlink, 31);
	closep(&dir);
	dir = openat(fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < DEPTH; i++) {
		int below = openat(dir, "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		close(dir);
		dir = below;
		if (i % 100 == 0)
			CHECK(look(dir, "name").st_ino == st.st_ino);
	}
	CHECK(dir >= 0);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

/* Names that the copy itself could need, or that lead out of the tree. */
TEST(planted_names)
{
	char path[] = "/tmp/test-copy.XXXXXX", target[64] = "";
	_cleanup_(closep) int fd = make(path);
	_cleanup_(strv_done) struct strv names = { 0 };
	struct tree_copy options = { 0 };

	write_text(fd, "outside/secret", "secret");
	CHECK_INT(symlinkat("../outside", fd, "in/etc"), 0);
	CHECK_INT(symlinkat("/", fd, "in/.links"), 0);
	CHECK_INT(mkdirat(fd, "in/...", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/ \n\033[2J", 0700), 0);
	write_text(fd, "in/.links-0", "text");
	CHECK_INT(linkat(fd, "in/.links-0", fd, "in/.../0", 0), 0);
	CHECK_INT(copy(fd, &options), 0);
	CHECK(readlinkat(fd, "out/etc", target, sizeof(target) - 1) > 0);
	CHECK_STR(target, "../outside");
	CHECK(look(fd, "out/.links-0").st_ino == look(fd, "out/.../0").st_ino);
	CHECK_INT(rootfd_list(fd, "out", WALK_TREE, &names), 0);
	CHECK_INT(names.n, 5);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

TEST_MAIN
