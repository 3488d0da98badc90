/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files of /usr/local a container does not see. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "container/record.h"
#include "virt/closed.h"

static char root[64];

static struct context make_root(void)
{
	struct context context = { .root = root };

	strcpy(root, "/tmp/test-closed.XXXXXX");
	CHECK(mkdtemp(root) != NULL);
	context.root_fd = rootfd_open(root);
	CHECK_INT(rootfd_mkdir_p(context.root_fd, "/usr/local"), 0);
	CHECK_INT(rootfd_mkdir_p(context.root_fd, "/run"), 0);
	return context;
}

static void remove_root(struct context *context)
{
	close(context->root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, root), 0);
}

/* Makes what ends in '/' as a directory. */
static void make(const struct context *context, const char *path, mode_t mode)
{
	_cleanup_(freep) char *name = xstrdup(path);
	_cleanup_(closep) int fd = -1;
	size_t last = strlen(name) - 1;

	if (name[last] == '/') {
		name[last] = '\0';
		CHECK_INT(rootfd_mkdir_p(context->root_fd, name), 0);
	}
	fd = name[last] ? rootfd_openat(context->root_fd, name, O_RDONLY | O_CREAT, 0600, WALK_TREE)
			: rootfd_openat(context->root_fd, name, O_RDONLY | O_DIRECTORY, 0, WALK_TREE);
	CHECK(fd >= 0 && fchmod(fd, mode) == 0);
}

/* Checks what is closed to a container whose own place in /usr/local is 'local', which may be NULL. */
static void check_list(const struct context *context, const char *local, const char *expected)
{
	char *places[] = { (char *)local, NULL };
	struct record record = { .name = (char *)"web1", .local = { places, local ? 1 : 0 } };
	_cleanup_(freep) char *text = NULL;

	CHECK_INT(closed_write(context, &record, "/run/closed"), 0);
	CHECK_INT(rootfd_read(context->root_fd, "/run/closed", WALK_ROOT, 65536, &text, NULL), 0);
	CHECK_STR(text, expected);
}

TEST(what_users_may_not_read)
{
	struct context context = make_root();

	make(&context, "/usr/local/etc/", 0755);
	make(&context, "/usr/local/etc/open", 0644);
	make(&context, "/usr/local/etc/secret", 0600);
	make(&context, "/usr/local/etc/of-a-group", 0640);
	make(&context, "/usr/local/share/closed/", 0750);
	make(&context, "/usr/local/share/closed/open", 0644);
	make(&context, "/usr/local/share/named/", 0711); /* users can enter it, and reach what is in it */
	make(&context, "/usr/local/share/named/open", 0644);
	make(&context, "/usr/local/share/named/secret", 0600);
	CHECK_INT(symlinkat("secret", context.root_fd, "usr/local/etc/link"), 0);
	CHECK_INT(symlinkat("/etc", context.root_fd, "usr/local/way"), 0);
	check_list(&context, NULL,
		   "/usr/local/etc/of-a-group\n/usr/local/etc/secret\n/usr/local/share/closed\n"
		   "/usr/local/share/named/secret\n");
	remove_root(&context);
}

TEST(what_is_the_service_s)
{
	struct context context = make_root();

	make(&context, "/usr/local/share/all/", 0700);
	make(&context, "/usr/local/share/all/open", 0644);
	make(&context, "/usr/local/share/all/app/keys/", 0700);
	make(&context, "/usr/local/share/all/app/keys/key", 0600);
	make(&context, "/usr/local/share/all/application", 0644);
	check_list(&context, "/usr/local/share/all/app",
		   "/usr/local/share/all/application\n/usr/local/share/all/open\n");
	check_list(&context, "/usr/local/share/all", "\n");
	remove_root(&context);
}

TEST(a_link_in_the_place_of_all)
{
	struct context context = make_root();

	make(&context, "/var/local/etc/", 0755);
	make(&context, "/var/local/etc/secret", 0600);
	CHECK_INT(unlinkat(context.root_fd, "usr/local", AT_REMOVEDIR), 0);
	CHECK_INT(symlinkat("../var/local", context.root_fd, "usr/local"), 0);
	check_list(&context, NULL, "\n");
	remove_root(&context);
}

TEST(names_that_no_list_can_have)
{
	struct context context = make_root();

	make(&context, "/usr/local/etc/app/", 0755);
	make(&context, "/usr/local/etc/app/a\nb", 0600);
	check_list(&context, NULL, "/usr/local/etc/app\n");
	remove_root(&context);
}

TEST(more_than_a_container_can_have)
{
	struct context context = make_root();
	struct record record = { .name = (char *)"web1" };

	make(&context, "/usr/local/etc/", 0755);
	for (int i = 0; i <= 1000; i++) {
		_cleanup_(freep) char *path = xasprintf("/usr/local/etc/%d", i);

		make(&context, path, 0600);
	}
	CHECK_INT(closed_write(&context, &record, "/run/closed"), -E2BIG);
	make(&context, "/usr/local/etc/", 0750); /* one mount for all of them */
	CHECK_INT(closed_write(&context, &record, "/run/closed"), 0);
	remove_root(&context);
}

TEST(a_directory_that_cannot_be_opened)
{
	struct context context = make_root();
	struct record record = { .name = (char *)"web1" };
	struct rlimit all, few;

	make(&context, "/usr/local/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/", 0755);
	make(&context, "/usr/local/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/secret", 0600);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &all), 0);
	few = all;
	few.rlim_cur = (rlim_t)context.root_fd + 16; /* enough to begin, but not to reach the end */
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
	CHECK_INT(closed_write(&context, &record, "/run/closed"), -EMFILE);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &all), 0);
	CHECK_INT(closed_write(&context, &record, "/run/closed"), 0);
	remove_root(&context);
}

int main(void)
{
	umask(022);
	log_set_level(LOG_LEVEL_ERROR);
	return test_run_all();
}
