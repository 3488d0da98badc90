/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes that have given up their user: who they are then, and who else is. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/nobody.h"
#include "base/util.h"
#include "lib/userns.h"

struct child {
	int r, no_new_privs, groups;
	uid_t uid;
	gid_t gid, file_gid;
	uid_t file_uid;
	bool reads_file, reads_others, can_return;
};

static struct child *children; /* shared with them */

static void be_child(struct child *c, int other)
{
	char path[32];
	int file = memfd_create("test", MFD_CLOEXEC);
	struct stat st;

	fchmod(file, 0400);
	c->r = nobody_become(&file, 1);
	c->uid = getuid();
	c->gid = getgid();
	c->groups = getgroups(0, NULL);
	c->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	fstat(file, &st);
	c->file_uid = st.st_uid;
	c->file_gid = st.st_gid;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	prctl(PR_SET_DUMPABLE, 1); /* as execve(2) would */
	c->reads_file = open(path, O_RDONLY | O_CLOEXEC) >= 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", other);
	c->reads_others = open(path, O_RDONLY | O_CLOEXEC) >= 0;
	c->can_return = setresuid(0, 0, 0) == 0;
}

TEST(each_is_somebody_else)
{
	int other = memfd_create("test", MFD_CLOEXEC);

	if (geteuid() != 0)
		SKIP("needs root");
	fchmod(other, 0400);
	children = mmap(NULL, 2 * sizeof(*children), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(children != MAP_FAILED);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			be_child(&children[i], other);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		if (children[i].r == -EINVAL || children[i].r == -EPERM)
			SKIP("there are no ids here");
		CHECK_INT(children[i].r, 0);
		CHECK(children[i].uid != 0 && children[i].uid == children[i].gid);
		CHECK(children[i].file_uid == children[i].uid && children[i].file_gid == children[i].gid);
		CHECK_INT(children[i].groups, 0);
		CHECK_INT(children[i].no_new_privs, 1);
		CHECK(children[i].reads_file);
		CHECK(!children[i].reads_others);
		CHECK(!children[i].can_return);
	}
	CHECK(children[0].uid == 65534 || children[0].uid != children[1].uid);
}

static void without_ids(void)
{
	CHECK_INT(nobody_become(NULL, 0), -EPERM); /* setgroups(2) is denied */
	CHECK_INT(getuid(), 0);
}

TEST(a_namespace_may_have_nobody_to_become)
{
	RUN_AS_ROOT(without_ids);
}

TEST_MAIN
