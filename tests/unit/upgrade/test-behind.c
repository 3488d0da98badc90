/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a glance at the host finds that it has newer configuration than a container was given. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/rm-rf.h"
#include "container/paths.h"
#include "upgrade/behind.h"
#include "upgrade/given.h"

static char scratch[] = "/tmp/test-behind-XXXXXX";
static int root_fd = -1;

static void add(struct given *given, const char *path, bool stamped)
{
	struct given_entry *e = given_add(given, xstrdup(path));
	struct stat st;

	CHECK_INT(version_read(root_fd, path, WALK_TREE, VERSION_CONTENT_MAX, &e->given, &st), 0);
	e->source = xstrdup(path);
	if (stamped)
		e->stamp = given_stamp(&st);
}

/* A host with a file and two directories, of one of which everything was taken, and a container that was given them. */
static void setup(void)
{
	_cleanup_(given_done) struct given given = { 0 };

	strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
	CHECK(mkdtemp(scratch) != NULL);
	root_fd = rootfd_open(scratch);
	CHECK_INT(rootfd_mkdir_p(root_fd, "/etc/app"), 0);
	CHECK_INT(rootfd_mkdir_p(root_fd, "/etc/common"), 0);
	CHECK_INT(atomic_file_write(root_fd, "/etc/conf", 0644, "text\n", false), 0);
	add(&given, "/etc/app", true);
	add(&given, "/etc/common", false);
	add(&given, "/etc/conf", true);
	CHECK_INT(given_save(root_fd, "one", &given), 0);
	CHECK_INT(given_save(root_fd, "two", &given), 0);
}

static void teardown(void)
{
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, scratch), 0);
}

static int look(const char *name)
{
	_cleanup_(behind_cache_done) struct behind_cache cache = { 0 };

	return behind_find(root_fd, name, &cache);
}

TEST(a_change_of_what_was_given_is_found)
{
	setup();
	CHECK_INT(look("one"), 0);
	CHECK_INT(look("none"), -ENOENT);
	CHECK_INT(atomic_file_write(root_fd, "/etc/common/other", 0644, "", false), 0);
	CHECK_INT(look("one"), 0);
	CHECK_INT(atomic_file_write(root_fd, "/etc/conf", 0644, "text\n", true), 0); /* the same again */
	CHECK_INT(look("one"), 0);
	CHECK_INT(atomic_file_write(root_fd, "/etc/conf", 0600, "text\n", true), 0);
	CHECK_INT(look("one"), 1);
	CHECK_INT(atomic_file_write(root_fd, "/etc/conf", 0644, "TEXT\n", true), 0);
	CHECK_INT(look("one"), 1);
	CHECK_INT(atomic_file_remove(root_fd, "/etc/conf"), 0);
	CHECK_INT(look("one"), 1);
	teardown();
}

TEST(a_new_file_is_found_where_everything_is_taken)
{
	setup();
	CHECK_INT(rootfd_mkdir_p(root_fd, "/etc/app/new"), 0);
	CHECK_INT(look("one"), 1);
	teardown();
}

TEST(containers_that_were_given_the_same_are_looked_at_once)
{
	_cleanup_(behind_cache_done) struct behind_cache cache = { 0 };

	setup();
	CHECK_INT(behind_find(root_fd, "one", &cache), 0);
	CHECK_INT(behind_find(root_fd, "two", &cache), 0);
	CHECK_INT((int)cache.n, 1);
	teardown();
}

TEST_MAIN
