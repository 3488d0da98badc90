/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings, numbers and times. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/log.h"
#include "base/rootfd.h"
#include "base/text.h"
#include "base/util.h"

TEST(strv)
{
	_cleanup_(strv_done) struct strv s = { 0 };
	_cleanup_(freep) char *joined = NULL;

	for (int i = 0; i < 100; i++)
		strv_addf(&s, "%02d", 99 - i);
	strv_add(&s, "50");
	strv_sort_unique(&s);
	CHECK_INT(s.n, 100);
	CHECK(strv_find(&s, "50"));
	CHECK(!strv_find(&s, "100"));
	CHECK(s.v[100] == NULL);
	strv_clear(&s);
	strv_split(&s, "  a b\tc ", " \t");
	joined = strv_join(&s, ",");
	CHECK_STR(joined, "a,b,c");
}

TEST(strv_without_some)
{
	_cleanup_(strv_done) struct strv s = { 0 }, more = { 0 }, whole = { 0 };

	strv_split(&s, "a b a c a", " ");
	CHECK(strv_remove(&s, "a") && !strv_remove(&s, "a"));
	strv_split(&whole, "b c", " ");
	CHECK(strv_equal(&s, &whole) && s.v[2] == NULL);
	strv_split(&more, "c d d", " ");
	strv_add_all_once(&s, &more);
	CHECK_INT(s.n, 3);
	CHECK_STR(s.v[2], "d");
	CHECK(!strv_equal(&s, &whole));
	strv_remove_at(&s, 1);
	CHECK_STR(s.v[1], "d");
	strv_remove_at(&s, 1);
	CHECK(!strv_equal(&s, &whole) && s.n == 1 && s.v[1] == NULL);
	strv_remove_at(&s, 0);
	CHECK(s.n == 0 && !strv_remove(&s, "b"));
}

TEST(numbers)
{
	uint64_t v = 7;

	CHECK_INT(parse_u64("", 10, &v), -EINVAL);
	CHECK_INT(parse_u64("-1", 10, &v), -EINVAL);
	CHECK_INT(parse_u64("1x", 10, &v), -EINVAL);
	CHECK_INT(parse_u64("11", 10, &v), -ERANGE);
	CHECK_INT(parse_u64("99999999999999999999999", UINT64_MAX, &v), -ERANGE);
	CHECK_INT(v, 7);
	CHECK_INT(parse_u64("10", 10, &v), 0);
	CHECK_INT(v, 10);
}

TEST(yes_and_no)
{
	bool yes = false;

	CHECK(parse_yes_no("yes", &yes) && yes);
	CHECK(!parse_yes_no("Yes", &yes) && !parse_yes_no("", &yes) && yes);
	CHECK(parse_yes_no("no", &yes) && !yes);
}

TEST(files_are_read_whole_and_bounded)
{
	char root[] = "/tmp/test-util-XXXXXX";
	_cleanup_(closep) int fd = -1, proc = rootfd_open("/proc");
	_cleanup_(freep) char *text = NULL, *kernel = NULL;
	size_t size = 0;

	CHECK(mkdtemp(root) != NULL);
	fd = rootfd_open(root);
	CHECK_INT(atomic_file_write(fd, "f", 0644, "12345", false), 0);
	CHECK_INT(rootfd_read(fd, "f", WALK_TREE, 4, &text, NULL), -EFBIG);
	CHECK_INT(rootfd_read(fd, "f", WALK_TREE, 5, &text, &size), 0);
	CHECK_STR(text, "12345");
	CHECK_INT(size, 5);
	CHECK_INT(mkfifoat(fd, "fifo", 0600), 0);
	CHECK_INT(rootfd_read(fd, "fifo", WALK_TREE, 4, &text, NULL), -EINVAL);
	CHECK_INT(symlinkat("f", fd, "link"), 0);
	CHECK_INT(rootfd_read(fd, "link", WALK_TREE, 5, &text, NULL), -ELOOP);
	CHECK_INT(rootfd_read(fd, "../etc/passwd", WALK_TREE, 5, &text, NULL), -EXDEV);
	/* This file claims to be empty, but is not. */
	CHECK_INT(rootfd_read(proc, "sys/kernel/ostype", WALK_ROOT, 64, &kernel, &size), 0);
	CHECK_STR(kernel, "Linux\n");
	free(steal_ptr(kernel));
	CHECK_INT(rootfd_read(proc, "sys/kernel/ngroups_max", WALK_ROOT, 64, &kernel, &size),
		  0); /* a number, not a string */
	CHECK_STR(kernel, "65536\n");
	unlinkat(fd, "f", 0);
	unlinkat(fd, "fifo", 0);
	unlinkat(fd, "link", 0);
	rmdir(root);
}

/* The holder of a lease on a file is asked to give it up, but need not hurry. */
TEST(leases_are_not_waited_for)
{
	char root[] = "/tmp/test-util-XXXXXX";
	_cleanup_(closep) int dir = -1;
	_cleanup_(freep) char *text = NULL;
	int pair[2];
	pid_t pid;
	char c;

	CHECK(mkdtemp(root) != NULL);
	dir = rootfd_open(root);
	CHECK_INT(atomic_file_write(dir, "f", 0644, "text", false), 0);
	CHECK_INT(pipe(pair), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int f = openat(dir, "f", O_RDWR);

		signal(SIGIO, SIG_IGN);
		c = fcntl(f, F_SETLEASE, F_WRLCK) < 0 ? 'n' : 'y';
		if (write(pair[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	alarm(40); /* the kernel takes it back after 45 s */
	CHECK_INT(read(pair[0], &c, 1), 1);
	if (c == 'y')
		CHECK_INT(rootfd_read(dir, "f", WALK_TREE, 100, &text, NULL), -EAGAIN);
	else
		puts("# no leases here");
	alarm(0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_INT(rootfd_read(dir, "f", WALK_TREE, 100, &text, NULL), 0);
	unlinkat(dir, "f", 0);
	rmdir(root);
}

TEST(escape)
{
	static const char *const cases[][2] = {
		{ "plain", "plain" },
		{ "a\nb\tc", "a\\x0ab\\x09c" },
		{ "\x1b[2J\x7f", "\\x1b[2J\\x7f" },
		{ "caf\xc3\xa9 \xf0\x9f\x90\xa7", "caf\xc3\xa9 \xf0\x9f\x90\xa7" },
		{ "c1 \xc2\x9b"
		  "2J",
		  "c1 \\xc2\\x9b2J" },
		{ "raw \x9b"
		  "2J",
		  "raw \\x9b2J" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
		{ "overlong \xc0\x8a", "overlong \\xc0\\x8a" },
		{ "surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80" },
		{ "too far \xf4\x90\x80\x80", "too far \\xf4\\x90\\x80\\x80" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = escape_control(cases[i][0]);

		CHECK_STR(text, cases[i][1]);
	}
}

TEST(kernel_files)
{
	_cleanup_(closep) int root = rootfd_open("/");
	_cleanup_(freep) char *text = NULL;
	uint64_t pids = 0;

	CHECK_INT(rootfd_read(root, "/proc/sys/kernel/pid_max", WALK_ROOT, 64, &text, NULL), 0);
	text[strcspn(text, "\n")] = '\0';
	CHECK_INT(parse_u64(text, INT32_MAX, &pids), 0);
	CHECK(pids >= 300); /* no kernel has fewer */
	CHECK_INT(rootfd_read(root, "/proc/self/mountinfo", WALK_ROOT, 8, &text, NULL), -EFBIG);
}

TEST_MAIN
