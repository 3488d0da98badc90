/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container was given: the file that holds it, what is refused in one, and that it follows the container. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rm-rf.h"
#include "container/paths.h"
#include "upgrade/given.h"

#define H "given 1\nhash 0000000000000000\n"

static char scratch[] = "/tmp/test-given-XXXXXX";
static int root_fd = -1;

static void setup(void)
{
	strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
	CHECK(mkdtemp(scratch) != NULL);
	root_fd = rootfd_open(scratch);
	CHECK_INT(rootfd_mkdir_p(root_fd, UNDO_DIR), 0);
	CHECK_INT(rootfd_mkdir_p(root_fd, "/tree/etc"), 0);
}

static void teardown(void)
{
	close(root_fd);
	CHECK_INT(rm_rf(AT_FDCWD, scratch), 0);
}

TEST(odd_names_and_any_bytes_come_back)
{
	static const char *const names[] = { "/etc/a b", "/etc/back\\slash", "/etc/new\nline", "/var/-" };
	_cleanup_(given_done) struct given given = { .copy = true }, again = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };

	strv_add(&given.units, "app.service");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct given_entry *e = given_add(&given, xstrdup(names[i]));

		e->given = (struct version){ VERSION_FILE, 0640, 1, 2, NULL, xcalloc(1, 4), 3 };
		memcpy(e->given.data, "\n\0x", 3);
		e->source = xstrdup(names[i]);
		e->stamp = (struct stamp){ 1, 3, -1, INT64_MAX };
	}
	given_sort(&given);
	given_format(&given, &b);
	CHECK_INT(given_parse(b.text, b.len, &again), 0);
	CHECK(again.copy && again.n == given.n && again.units.n == 1);
	for (size_t i = 0; i < given.n; i++) {
		CHECK_STR(again.v[i].path, given.v[i].path);
		CHECK_STR(again.v[i].source, given.v[i].source);
		CHECK(version_same(&again.v[i].given, &given.v[i].given));
		CHECK(again.v[i].stamp.mtime == -1 && again.v[i].stamp.ctime == INT64_MAX);
	}
}

TEST(damaged_files_are_refused)
{
	static const char *const bad[] = {
		"",
		"given 2\nhash 0000000000000000\ncontent\n",
		"given 1\ncontent\n",
		"given 1\nhash 000000000000000g\ncontent\n",
		"given 1\nhash 00000000000000000\ncontent\n",
		"",
		H "foo\ncontent\n",
		H "content\nrest",
		H "path /usr/x - 0 0 0 0 d 755 0 0 0 0 -\ncontent\n",
		H "path /etc/../x - 0 0 0 0 d 755 0 0 0 0 -\ncontent\n",
		H "path /etc//x - 0 0 0 0 d 755 0 0 0 0 -\ncontent\n",
		H "path /etc/x etc/x 0 0 0 0 d 755 0 0 0 0 -\ncontent\n",
		H "path /etc/x - 0 0 0 0 l 0 0 0 0 0 -\ncontent\n",
		H "path /etc/x - 0 0 0 0 d 17777 0 0 0 0 -\ncontent\n",
		H "path /etc/x - 0 0 0 0 q 755 0 0 0 0 -\ncontent\n",
		H "path /etc/x\\000y - 0 0 0 0 d 755 0 0 0 0 -\ncontent\n",
		H "path /etc/x - 0 0 0 0 f 755 0 0 9 1 -\ncontent\n12345678",
		H "path /etc/x - 0 0 0 0 f 755 0 0 99999999999 1 -\ncontent\n",
		H "path /etc/b - 0 0 0 0 d 755 0 0 0 0 -\npath /etc/a - 0 0 0 0 d 755 0 0 0 0 -\ncontent\n",
		H "offered d 755 0 0 0 0 -\ncontent\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(given_done) struct given given = { 0 };

		if (given_parse(bad[i], strlen(bad[i]), &given) != -EINVAL)
			CHECK_STR("accepted", bad[i]);
	}
}

TEST(it_follows_the_container)
{
	_cleanup_(given_done) struct given given = { 0 }, read = { 0 };

	setup();
	given_add(&given, xstrdup("/etc/x"))->given = (struct version){ .type = VERSION_DIRECTORY, .mode = 0755 };
	CHECK_INT(given_save(root_fd, "one", &given), 0);
	CHECK_INT(given_copy(root_fd, "one", "two"), 0);
	CHECK_INT(given_rename(root_fd, "one", "three"), 0);
	CHECK_INT(given_load(root_fd, "one", &read), -ENOENT);
	CHECK_INT(given_load(root_fd, "two", &read), 0);
	CHECK(read.n == 1);
	given_done(&read);
	CHECK_INT(given_remove(root_fd, "two"), 0);
	CHECK_INT(given_load(root_fd, "three", &read), 0);
	CHECK_INT(given_remove(root_fd, "three"), 0);
	CHECK_INT(given_remove(root_fd, "three"), 0);
	CHECK_INT(given_copy(root_fd, "three", "four"), 0);
	CHECK_INT(given_rename(root_fd, "three", "four"), 0);
	CHECK_INT(given_load(root_fd, "four", &given), -ENOENT);
	teardown();
}

TEST(it_replaces_nothing_of_another_container)
{
	_cleanup_(given_done) struct given given = { 0 }, read = { 0 };

	setup();
	CHECK_INT(given_save(root_fd, "other", &given), 0);
	given_add(&given, xstrdup("/etc/x"))->given = (struct version){ .type = VERSION_DIRECTORY, .mode = 0755 };
	CHECK_INT(given_save(root_fd, "one", &given), 0);
	CHECK_INT(given_rename(root_fd, "one", "other"), -EEXIST);
	CHECK_INT(given_load(root_fd, "other", &read), 0);
	CHECK(read.n == 0);
	given_done(&read);
	CHECK_INT(given_remove(root_fd, "other"), 0);
	CHECK_INT(rootfd_mkdir_p(root_fd, UNDO_DIR "/one"), 0);
	CHECK_INT(rootfd_mkdir_p(root_fd, UNDO_DIR "/other"), 0);
	CHECK_INT(given_rename(root_fd, "one", "other"), -EEXIST);
	CHECK_INT(given_load(root_fd, "one", &read), 0);
	CHECK(read.n == 1);
	CHECK_INT(given_load(root_fd, "other", &given), -ENOENT);
	teardown();
}

TEST(reading_a_hostile_path_neither_waits_nor_follows)
{
	static const struct {
		const char *path;
		enum version_type type;
	} cases[] = {
		{ "/etc/fifo", VERSION_FIFO },	 { "/etc/link", VERSION_LINK },	    { "/etc/link/x", VERSION_ABSENT },
		{ "/etc/none", VERSION_ABSENT }, { "/etc/fifo/x", VERSION_ABSENT }, { "/etc/huge", VERSION_FILE },
	};
	int tree, etc, huge;

	setup();
	tree = rootfd_openat(root_fd, "/tree", O_PATH, 0, WALK_TREE);
	etc = rootfd_openat(tree, "/etc", O_PATH, 0, WALK_TREE);
	huge = openat(etc, "huge", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(mkfifoat(etc, "fifo", 0600), 0);
	CHECK_INT(symlinkat("/etc", etc, "link"), 0);
	CHECK_INT(ftruncate(huge, (off_t)1 << 40), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(version_done) struct version v = { 0 };

		CHECK_INT(version_read(tree, cases[i].path, WALK_TREE, VERSION_CONTENT_MAX, &v, NULL), 0);
		CHECK_INT(v.type, cases[i].type);
		CHECK(!v.data);
	}
	close(tree);
	close(etc);
	close(huge);
	teardown();
}

TEST_MAIN
