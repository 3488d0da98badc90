/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELinux levels, two of which are compared: the normal form of an accepted level is accepted, too, and fits a
 * record. */
#include "fuzz.h"

#include "base/random.h"
#include "container/record-value.h"
#include "selinux/mcs.h"

static bool parse(const char *text, struct mcs_level *ret)
{
	_cleanup_(freep) char *message = NULL;

	if (mcs_parse(text, ret, &message) == 0)
		return true;
	CHECK(message && *message);
	return false;
}

static void check(const char *text, const struct mcs_level *level)
{
	_cleanup_(freep) char *normal = mcs_format(level), *again = NULL;
	struct mcs_level other;

	CHECK(value_is_level(text) && value_is_level(normal));
	CHECK(parse(normal, &other));
	CHECK(mcs_dominates(level, &other) && mcs_dominates(&other, level));
	again = mcs_format(&other);
	CHECK_SAME(normal, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *a = fuzz_line(&input), *b = fuzz_line(&input);
	struct mcs_level levels[2], picked;

	CHECK(parse(a, &levels[0]) == value_is_level(a));
	if (!parse(a, &levels[0]))
		return 0;
	check(a, &levels[0]);
	if (!parse(b, &levels[1]))
		return 0;
	if (mcs_pick(levels, 2, name_seed(b), &picked) == 0)
		for (size_t i = 0; i < 2; i++)
			CHECK(!mcs_dominates(&levels[i], &picked) && !mcs_dominates(&picked, &levels[i]));
	return 0;
}
