/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: which name counts as the first, and what is kept of the others, and for how long. */
#include "lib/tap.h"

#include <malloc.h>
#include <string.h>

#include "base/util.h"
#include "create/hardlinks.h"

static const char *first(struct hardlinks *links, dev_t dev, ino_t ino, nlink_t names, const char *name)
{
	const struct stat st = { .st_dev = dev, .st_ino = ino, .st_nlink = names };

	return hardlinks_first(links, &st, name);
}

TEST(the_first_name_stays)
{
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };
	char name[] = "/a";

	CHECK(!first(&links, 1, 7, 4, name));
	name[1] = 'b'; /* the caller's own */
	CHECK_STR(first(&links, 1, 7, 4, name), "/a");
	CHECK(!first(&links, 2, 7, 3, name));
	CHECK(!first(&links, 1, 8, 2, "/c"));
	CHECK_STR(first(&links, 2, 7, 3, "/d"), "/b");
	CHECK_STR(first(&links, 1, 7, 4, "/d"), "/a");
	CHECK_STR(first(&links, 1, 8, 2, "/e"), "/c");
	CHECK_STR(first(&links, 2, 7, 3, "/e"), "/b");
	CHECK_STR(first(&links, 1, 7, 4, "/e"), "/a");
}

TEST(later_names_take_no_memory)
{
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };
	size_t before;

	CHECK(!first(&links, 1, 7, 2000, "/a"));
	before = mallinfo2().uordblks;
	for (int i = 0; i < 1000; i++)
		CHECK_STR(first(&links, 1, 7, 2000, "/b"), "/a");
	CHECK_INT(mallinfo2().uordblks, before);
}

/* What is freed is kept by the C library for the next allocation, so the first round is not measured. */
TEST(complete_files_take_no_memory)
{
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };
	size_t before = 0;

	for (ino_t i = 0; i < 1000; i++) {
		CHECK(!first(&links, 1, i, 1, "/a"));
		CHECK(!first(&links, 2, i, 2, "/a"));
		CHECK_STR(first(&links, 2, i, 2, "/b"), "/a");
		before = i == 10 ? mallinfo2().uordblks : before;
	}
	CHECK_INT(mallinfo2().uordblks, before);
}

/* A file can get more names meanwhile. They are another file. */
TEST(more_names_than_expected)
{
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };

	CHECK(!first(&links, 1, 7, 2, "/a"));
	CHECK_STR(first(&links, 1, 7, 2, "/b"), "/a");
	CHECK(!first(&links, 1, 7, 4, "/c"));
	CHECK_STR(first(&links, 1, 7, 4, "/d"), "/c");
}

TEST_MAIN
