/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tree is removed completely, whatever its shape, and the removal ends, whatever other processes do in it meanwhile.
 * Only the test of btrfs needs root, and a kernel that has it. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/util.h"

#define WRITERS 4

/* A scratch directory with 'tree' in it. */
static int make(char *path)
{
	int fd;

	if (!mkdtemp(path))
		abort();
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "tree", 0700) < 0)
		abort();
	return fd;
}

static bool is_gone(int fd, const char *name)
{
	return faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

/* Makes directories and files in an open directory, until that is removed or this process is killed. */
static void fill(int dir, int writer)
{
	char name[32];
	int r = 0;

	for (unsigned int i = 0; r == 0; i++) {
		snprintf(name, sizeof(name), "new-%d-%u", writer, i);
		r = i % 2 ? mkdirat(dir, name, 0700) : mknodat(dir, name, S_IFREG | 0600, 0);
	}
	_exit(0);
}

static void start_writers(int dir, pid_t *pids)
{
	for (int i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			fill(dir, i);
	}
}

static void end_writers(const pid_t *pids)
{
	for (int i = 0; i < WRITERS; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < WRITERS; i++)
		waitpid(pids[i], NULL, 0);
}

TEST(nested_deeper_than_any_path)
{
	char path[] = "/tmp/test-rm-rf.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	int dir = openat(fd, "tree", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK_INT(mkdirat(dir, ".removing-0", 0700), 0); /* a name that the removal would use */
	for (int i = 0; i < 3000; i++) {
		int next = mkdirat(dir, "d", 0700) < 0 ? -1 : openat(dir, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);

		close(dir);
		dir = next;
	}
	CHECK(dir >= 0);
	close(dir);
	CHECK_INT(rm_rf(fd, "tree"), 0);
	CHECK(is_gone(fd, "tree"));
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

TEST(links_are_not_followed)
{
	char path[] = "/tmp/test-rm-rf.XXXXXX";
	_cleanup_(closep) int fd = make(path);

	CHECK_INT(mkdirat(fd, "kept", 0700), 0);
	CHECK_INT(mkdirat(fd, "kept/inner", 0700), 0);
	CHECK_INT(symlinkat("../kept", fd, "tree/link"), 0);
	CHECK_INT(symlinkat("kept", fd, "link"), 0);
	CHECK_INT(rm_rf(fd, "tree"), 0);
	CHECK_INT(rm_rf(fd, "link"), 0);
	CHECK(is_gone(fd, "tree") && is_gone(fd, "link") && !is_gone(fd, "kept/inner"));
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
	CHECK_INT(rm_rf(AT_FDCWD, path), 0); /* it is gone already */
}

/* The scheduler decides which process wins. */
TEST(a_directory_that_is_filled_without_an_end)
{
	char path[] = "/tmp/test-rm-rf.XXXXXX";
	_cleanup_(closep) int fd = make(path);
	_cleanup_(closep) int dir = -1;
	pid_t pids[WRITERS];
	int r;

	CHECK_INT(mkdirat(fd, "tree/filled", 0700), 0);
	dir = openat(fd, "tree/filled", O_PATH | O_DIRECTORY | O_CLOEXEC);
	start_writers(dir, pids);
	r = rm_rf(fd, "tree");
	CHECK(r == 0 || r == -ENOTEMPTY);
	CHECK((r == 0) == is_gone(fd, "tree"));
	end_writers(pids);
	CHECK_INT(rm_rf(fd, "tree"), 0);
	CHECK(is_gone(fd, "tree"));
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
}

/* Whether the shell command succeeds. */
static bool command(const char *text, const char *path)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		execlp("sh", "sh", "-c", text, "sh", path, NULL);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* A btrfs of its own, mounted at the path 'path'. */
static bool mount_btrfs(const char *path)
{
	return command("exec 2>/dev/null; PATH=$PATH:/usr/sbin:/sbin; image=$1.image; truncate -s 128M \"$image\" &&"
		       " mkfs.btrfs -q \"$image\" >/dev/null && mount -o loop \"$image\" \"$1\" && exit;"
		       " rm -f \"$image\"; exit 1",
		       path);
}

static void make_read_only_subvolume(int dir)
{
	struct btrfs_ioctl_vol_args args = { .name = "subvolume" };
	uint64_t flags = BTRFS_SUBVOL_RDONLY;
	int fd = -1;

	CHECK_INT(ioctl(dir, BTRFS_IOC_SUBVOL_CREATE, &args), 0);
	CHECK_INT(mkdirat(dir, "subvolume/inner", 0700), 0);
	fd = openat(dir, "subvolume", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags), 0);
	close(fd);
	CHECK_INT(unlinkat(dir, "subvolume/inner", AT_REMOVEDIR) < 0 ? errno : 0, EROFS); /* the control */
}

TEST(a_subvolume_that_is_read_only)
{
	char path[] = "/tmp/test-rm-rf.XXXXXX";
	_cleanup_(closep) int below = make(path);
	_cleanup_(closep) int top = -1, tree = -1;
	bool mounted = below >= 0 && geteuid() == 0 && mount_btrfs(path);

	if (mounted) {
		top = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK_INT(mkdirat(top, "tree", 0700), 0);
		tree = openat(top, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		make_read_only_subvolume(tree);
		CHECK_INT(rm_rf(top, "tree"), 0);
		CHECK(is_gone(top, "tree"));
		closep(&tree);
		closep(&top);
		tree = top = -1;
		CHECK(command("umount \"$1\" && rm \"$1.image\"", path));
	}
	CHECK_INT(rm_rf(AT_FDCWD, path), 0);
	if (!mounted)
		SKIP("no btrfs can be made and mounted here");
}

TEST_MAIN
