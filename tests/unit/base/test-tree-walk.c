/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's tree is visited whole, and nothing else is. Needs no root. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/tree-walk.h"

struct seen {
	unsigned int directories, links, others, entered, named;
	int depth, answer;
	bool stops;
};

static int see(void *data, const struct tree_item *item)
{
	struct seen *seen = data;
	mode_t mode = item->st.st_mode;
	struct stat own;

	CHECK(fstat(item->fd, &own) == 0 && own.st_ino == item->st.st_ino);
	if (item->dir >= 0)
		CHECK(fstatat(item->dir, item->name, &own, AT_SYMLINK_NOFOLLOW) == 0 && own.st_ino == item->st.st_ino);
	seen->directories += S_ISDIR(mode);
	seen->links += S_ISLNK(mode);
	seen->others += !S_ISDIR(mode) && !S_ISLNK(mode);
	return S_ISFIFO(mode) || (S_ISDIR(mode) && seen->answer > 0 && item->dir >= 0) ? seen->answer : 0;
}

static int enter(void *data, int dir, const char *name)
{
	struct seen *seen = data;

	(void)dir;
	seen->depth++;
	seen->entered++;
	seen->named += *name != '\0';
	return 0;
}

static int leave(void *data, int dir)
{
	struct seen *seen = data;
	struct stat st;

	CHECK(fstat(dir, &st) == 0 && S_ISDIR(st.st_mode));
	seen->depth--;
	return 0;
}

/* A directory of its own, with 'in' in it and 'outside' beside that. */
static int make(char *path)
{
	int fd;

	if (!mkdtemp(path))
		abort();
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "in", 0700) < 0 || mkdirat(fd, "outside", 0700) < 0)
		abort();
	return fd;
}

static int walk(int fd, struct seen *seen)
{
	_cleanup_(closep) int top = openat(fd, "in", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return tree_walk(top, &(struct tree_visitor){ see, enter, leave, seen, seen->stops });
}

TEST(everything_once_and_no_link_followed)
{
	char path[] = "/tmp/test-tree.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	struct seen seen = { 0 };

	CHECK_INT(mkdirat(fd, "in/a", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/a/b", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/c", 0700), 0);
	CHECK_INT(mkdirat(fd, "outside/d", 0700), 0);
	CHECK_INT(symlinkat("../../outside", fd, "in/a/link"), 0);
	CHECK_INT(symlinkat("..", fd, "in/up"), 0);
	CHECK_INT(symlinkat("nowhere", fd, "in/c/dangling"), 0);
	CHECK_INT(mkfifoat(fd, "in/c/fifo", 0600), 0);
	CHECK_INT(walk(fd, &seen), 0);
	CHECK_INT(seen.directories, 4);
	CHECK_INT(seen.links, 3);
	CHECK_INT(seen.others, 1);
	CHECK_INT(seen.entered, 4);
	CHECK_INT(seen.named, 3);
	CHECK_INT(seen.depth, 0);
	seen = (struct seen){ .answer = -EPERM };
	CHECK_INT(walk(fd, &seen), -EPERM); /* and the rest is visited */
	CHECK_INT(seen.directories, 4);
	seen = (struct seen){ .answer = -EPERM, .stops = true };
	CHECK_INT(walk(fd, &seen), -EPERM);
	CHECK_INT(seen.others, 1); /* the one with the error is the last */
	seen = (struct seen){ .answer = 1 };
	CHECK_INT(walk(fd, &seen), 0); /* directories that are not to be entered */
	CHECK_INT(seen.directories, 3);
	CHECK_INT(seen.entered, 1);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

TEST(deeper_than_there_are_descriptors)
{
	enum { DEPTH = 3000 };
	char path[] = "/tmp/test-tree.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	struct seen seen = { 0 };
	int dir = openat(fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct rlimit before;

	for (int i = 0; i < DEPTH; i++) {
		int below;

		CHECK_INT(mkdirat(dir, "x", 0700), 0);
		below = openat(dir, "x", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(dir);
		dir = below;
	}
	close(dir);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 32, before.rlim_max }), 0);
	CHECK_INT(walk(fd, &seen), 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
	CHECK_INT(seen.directories, DEPTH + 1);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

struct move {
	int top;
	unsigned int visits;
};

static int move_away(void *data, const struct tree_item *item)
{
	struct move *move = data;

	(void)item;
	return ++move->visits == 4 && renameat(move->top, "in/a/b", move->top, "outside/b") < 0 ? -errno : 0;
}

/* A directory is moved out of the tree while its content is walked, so that its '..' changes. */
TEST(a_directory_that_moves)
{
	char path[] = "/tmp/test-tree.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	_cleanup_(closep) int top = -1;
	struct move move = { .top = fd };

	CHECK_INT(mkdirat(fd, "in/a", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/a/b", 0700), 0);
	CHECK_INT(mkdirat(fd, "in/a/b/c", 0700), 0);
	CHECK_INT(mkdirat(fd, "outside/never", 0700), 0);
	top = openat(fd, "in", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(tree_walk(top, &(struct tree_visitor){ .visit = move_away, .data = &move }), -ESTALE);
	CHECK_INT(move.visits, 4);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

TEST_MAIN
