/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operations on a scratch root: what they make, and that a failure of any of them leaves nothing behind. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/copy.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "create/ops.h"
#include "lib/userns.h"

static char scratch[] = "/tmp/test-plan-XXXXXX";
static int root_fd = -1;

static void setup(void)
{
	strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
	CHECK(mkdtemp(scratch) != NULL);
	root_fd = rootfd_open(scratch);
	CHECK(root_fd >= 0);
	CHECK_INT(rootfd_mkdir_p(root_fd, "/src/dir"), 0);
	CHECK_INT(mkdirat(root_fd, "var", 0700), 0); /* it holds the container's directory */
	CHECK_INT(atomic_file_write(root_fd, "/src/file", 0640, "content\n", false), 0);
}

static void teardown(void)
{
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, scratch), 0);
	CHECK_INT(access(scratch, F_OK), -1);
}

static struct op *add(struct plan *plan, const struct op_kind *kind, const char *path)
{
	struct op *op = plan_add(plan, kind, xstrdup(path));

	op->rule = op->reason = "test";
	op->has_owner = true;
	op->mode = 0750;
	op->uid = getuid();
	op->gid = getgid();
	return op;
}

/* As in a damaged file system, which is not the same as an undo that failed. */
static int fail(struct host *host, const struct op *op)
{
	(void)host;
	(void)op;
	return -EUCLEAN;
}
static const struct op_kind op_fail = { "fail", false, fail, NULL };

static void whole_plan(struct plan *plan)
{
	struct op *op;

	add(plan, &op_record, "/var/r.sandbox")->text = xstrdup("[Container]\nState=creating\n");
	add(plan, &op_reserve, "/var/level")->text = xstrdup("name");
	add(plan, &op_tree, "/var/tree");
	add(plan, &op_directory, "/etc")->source = xstrdup("/src/dir");
	op = add(plan, &op_file, "/etc/file");
	op->source = xstrdup("/src/file");
	op->mode = 0604;
	add(plan, &op_hardlink, "/etc/second")->source = xstrdup("/etc/file");
	add(plan, &op_link, "/etc/link")->source = xstrdup("../nowhere");
	add(plan, &op_fifo, "/etc/fifo");
	add(plan, &op_write, "/etc/written")->text = xstrdup("text\n");
	add(plan, &op_seal, "/");
	add(plan, &op_record, "/var/r.sandbox")->text = xstrdup("[Container]\nState=ready\n");
	add(plan, &op_unit, "/var/unit")->text = xstrdup("[Unit]\n");
}

static void make_all(void)
{
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(host_done) struct host host = HOST_INIT(-1);
	_cleanup_(freep) char *text = NULL;
	struct stat st, first;

	setup();
	host.root_fd = root_fd;
	whole_plan(&plan);
	CHECK_INT(plan_apply(&plan, &host), 0);
	CHECK_INT(rootfd_read(root_fd, "/var/tree/etc/file", WALK_TREE, 100, &text, NULL), 0);
	CHECK_STR(text, "content\n");
	CHECK_INT(rootfd_lstat(root_fd, "/var/tree/etc/file", WALK_TREE, &first), 0);
	CHECK_INT(first.st_mode, S_IFREG | 0604);
	CHECK_INT(rootfd_lstat(root_fd, "/src/file", WALK_TREE, &st), 0);
	CHECK_INT(st.st_mtim.tv_nsec, first.st_mtim.tv_nsec);
	CHECK_INT(rootfd_lstat(root_fd, "/var/tree/etc/second", WALK_TREE, &st), 0);
	CHECK_INT(st.st_ino, first.st_ino);
	CHECK_INT(rootfd_lstat(root_fd, "/var/tree/etc/fifo", WALK_TREE, &st), 0);
	CHECK_INT(st.st_mode, S_IFIFO | 0750);
	CHECK_INT(rootfd_lstat(root_fd, "/var/tree", WALK_TREE, &st), 0);
	CHECK_INT(st.st_mode, S_IFDIR | 0755);
	CHECK_INT(rootfd_lstat(root_fd, "/var/unit", WALK_TREE, &st), 0);
	teardown();
}

TEST(makes_all)
{
	RUN_AS_ROOT(make_all);
}

static void fail_anywhere(void)
{
	_cleanup_(plan_done) struct plan all = { 0 };

	whole_plan(&all);
	log_set_level(LOG_LEVEL_ERROR);
	for (size_t n = 0; n <= all.n; n++) {
		_cleanup_(plan_done) struct plan plan = { 0 };
		_cleanup_(strv_done) struct strv left = { 0 };
		_cleanup_(host_done) struct host host = HOST_INIT(-1);
		const struct op_kind *kind;

		setup();
		host.root_fd = root_fd;
		whole_plan(&plan);
		if (n == all.n) {
			kind = add(&plan, &op_fail, "/x")->kind;
		} else {
			plan.ops[n].kind = &op_fail;
			kind = plan.ops[n].kind;
		}
		CHECK(kind == &op_fail);
		CHECK_INT(plan_apply(&plan, &host), -EIO);
		CHECK_INT(rootfd_list(root_fd, "/var", WALK_TREE, &left), 0);
		CHECK_INT(left.n, 0);
		teardown();
	}
}

TEST(failure_anywhere_leaves_nothing)
{
	RUN_AS_ROOT(fail_anywhere);
}

TEST(another_was_faster)
{
	_cleanup_(plan_done) struct plan plan = { 0 };
	_cleanup_(freep) char *text = NULL;
	_cleanup_(host_done) struct host host = HOST_INIT(-1);

	setup();
	host.root_fd = root_fd;
	CHECK_INT(atomic_file_write(root_fd, "/var/level", 0600, "other", false), 0);
	whole_plan(&plan);
	CHECK_INT(plan_apply(&plan, &host), -EAGAIN);
	CHECK_INT(rootfd_read(root_fd, "/var/level", WALK_TREE, 100, &text, NULL), 0);
	CHECK_STR(text, "other");
	teardown();
}

TEST(sparse_files_and_attributes_are_kept)
{
	_cleanup_(closep) int from = -1, to = -1;
	bool no_reflink = true;
	char value[8] = "";
	struct stat st, copy;
	const off_t size = 8 << 20;
	bool attributes;

	setup();
	from = openat(root_fd, "src/sparse", O_RDWR | O_CREAT, 0600);
	to = openat(root_fd, "src/copy", O_RDWR | O_CREAT, 0600);
	CHECK_INT(pwrite(from, "end", 3, size - 3), 3);
	attributes = fsetxattr(from, "user.test", "yes", 3, 0) == 0;
	CHECK_INT(fstat(from, &st), 0);
	CHECK_INT(copy_content(from, to, &st, &no_reflink), 0);
	CHECK_INT(copy_xattrs(from, to), 0);
	CHECK_INT(fstat(to, &copy), 0);
	CHECK_INT(copy.st_size, size);
	CHECK(copy.st_blocks <= st.st_blocks + 16);
	CHECK_INT(pread(to, value, 3, size - 3), 3);
	CHECK_STR(value, "end");
	CHECK(!attributes || fgetxattr(to, "user.test", value, sizeof(value)) == 3);
	teardown();
}

TEST(removes_deep_and_odd_trees)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_(closep) int s = socket(AF_UNIX, SOCK_STREAM, 0);
	int dir, next;

	setup();
	CHECK_INT(mkdirat(root_fd, "t", 0755), 0);
	dir = openat(root_fd, "t", O_RDONLY | O_DIRECTORY);
	CHECK_INT(symlinkat("/src/file", dir, "link"), 0);
	CHECK_INT(symlinkat("../src", dir, "dirlink"), 0);
	CHECK_INT(mkfifoat(dir, "fifo", 0600), 0);
	CHECK_INT(mkdirat(dir, ".removing-0", 0755), 0);
	CHECK_INT(mkdirat(dir, ".removing-0/x\n\x1b[31m", 0755), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/t/socket", scratch);
	CHECK_INT(bind(s, (struct sockaddr *)&address, sizeof(address)), 0);
	for (int i = 0; i < 3000; i++) {
		CHECK_INT(mkdirat(dir, "d", 0755), 0);
		next = openat(dir, "d", O_RDONLY | O_DIRECTORY);
		close(dir);
		dir = next;
	}
	close(dir);
	CHECK_INT(rm_rf(root_fd, "t"), 0);
	CHECK_INT(faccessat(root_fd, "t", F_OK, 0), -1);
	CHECK_INT(faccessat(root_fd, "src/file", F_OK, 0), 0);
	CHECK_INT(rm_rf(root_fd, "t"), 0); /* already gone counts as done */
	teardown();
}

TEST_MAIN
