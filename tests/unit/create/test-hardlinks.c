/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: which name counts as the first, and that nothing is kept of the others. */
#include "lib/tap.h"

#include <malloc.h>
#include <string.h>

#include "base/util.h"
#include "create/hardlinks.h"

TEST(the_first_name_stays)
{
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };
	char name[] = "/a";

	CHECK(!hardlinks_first(&links, 1, 7, name));
	name[1] = 'b'; /* the caller's own */
	CHECK_STR(hardlinks_first(&links, 1, 7, name), "/a");
	CHECK(!hardlinks_first(&links, 2, 7, name));
	CHECK(!hardlinks_first(&links, 1, 8, "/c"));
	CHECK_STR(hardlinks_first(&links, 2, 7, "/d"), "/b");
	CHECK_STR(hardlinks_first(&links, 1, 7, "/d"), "/a");
}

TEST(later_names_take_no_memory)
{
	_cleanup_(hardlinks_done) struct hardlinks links = { 0 };
	size_t before;

	CHECK(!hardlinks_first(&links, 1, 7, "/a"));
	before = mallinfo2().uordblks;
	for (int i = 0; i < 1000; i++)
		CHECK_STR(hardlinks_first(&links, 1, 7, "/b"), "/a");
	CHECK_INT(mallinfo2().uordblks, before);
}

TEST_MAIN
