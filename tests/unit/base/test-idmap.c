/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Id-mapped mounts, and the user namespaces they take their ids from. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/idmap.h"

#define BASE 131072

static char dir[] = "/var/tmp/test-idmap.XXXXXX";

/* Runs in a mount namespace of its own, so that nothing is left. Exit status: failed checks, or 77. */
static void in_child(void (*function)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
			_exit(77);
		function();
		fflush(stdout);
		_exit(test_failures);
	}
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
}

/* Mounts the clone of 'dir' on 'dir/at'. False if its file system does not support id-mapped mounts. */
static bool attach(bool mapped, bool readonly, char **ret)
{
	_cleanup_(closep) int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closep) int userns = mapped ? idmap_userns(BASE, 65536) : -1;
	_cleanup_(closep) int mount = idmap_clone(fd, userns, readonly ? IDMAP_READONLY : 0);

	if (mount == -EINVAL && mapped)
		return false;
	CHECK(mount >= 0);
	*ret = xasprintf("%s/at", dir);
	CHECK_INT(idmap_attach(mount, *ret), 0);
	return true;
}

static void mapped_child(void)
{
	_cleanup_(freep) char *at = NULL, *file = NULL, *made = NULL, *below = NULL;
	struct stat st;

	if (!attach(true, false, &at)) {
		printf("# the file system of /var/tmp cannot be mapped\n");
		return;
	}
	file = xasprintf("%s/file", at);
	CHECK_INT(stat(file, &st), 0);
	CHECK_INT(st.st_uid, BASE);
	CHECK_INT(st.st_gid, BASE + 7);
	made = xasprintf("%s/made", at);
	below = xasprintf("%s/made", dir);
	CHECK_INT(setegid(BASE + 2), 0);
	CHECK_INT(seteuid(BASE), 0); /* root of the container makes a file */
	CHECK(open(made, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
	CHECK_INT(seteuid(0), 0);
	CHECK_INT(stat(below, &st), 0);
	CHECK_INT(st.st_uid, 0);
	CHECK_INT(st.st_gid, 2);
	unlink(below);
}

static void readonly_child(void)
{
	_cleanup_(freep) char *at = NULL, *made = NULL;

	CHECK(attach(false, true, &at));
	made = xasprintf("%s/made", at);
	CHECK(open(made, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0);
	CHECK_INT(errno, EROFS);
}

static void with_folder(void (*function)(void))
{
	_cleanup_(freep) char *at = NULL, *file = NULL;

	CHECK(mkdtemp(dir) && chmod(dir, 0777) == 0);
	at = xasprintf("%s/at", dir);
	file = xasprintf("%s/file", dir);
	CHECK_INT(mkdir(at, 0755), 0);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	CHECK_INT(chown(file, 0, 7), 0);
	in_child(function);
	unlink(file);
	rmdir(at);
	CHECK_INT(rmdir(dir), 0);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
}

TEST(mapped)
{
	if (geteuid() != 0)
		SKIP("mounts need root");
	with_folder(mapped_child);
}

TEST(readonly_unmapped)
{
	if (geteuid() != 0)
		SKIP("mounts need root");
	with_folder(readonly_child);
}

TEST_MAIN
