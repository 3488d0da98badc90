/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --mount, of which the record has the words. */
#include "fuzz.h"

#include "base/ini.h"
#include "container/mount-spec.h"

/* What a record makes of it. */
static void check_kept(const char *text)
{
	_cleanup_(freep) char *line = xasprintf("[Mounts]\nMount=%s\n", text);
	_cleanup_(ini_done) struct ini ini = { 0 };

	CHECK(ini_parse(line, strlen(line), &ini, NULL) == 0);
	CHECK_SAME(ini_get(&ini, "Mounts", "Mount"), text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *text = fuzz_line(&input), *other = fuzz_line(&input);
	_cleanup_(mount_done) struct mount m = { 0 };
	_cleanup_(strv_done) struct strv before = { 0 };

	if (mount_parse(text, &m)) {
		CHECK(!m.target && !m.source && !mount_valid(text));
		return 0;
	}
	CHECK(mount_valid(text) && *m.target == '/' && (m.source ? *m.source == '/' : m.size > 0));
	check_kept(text);
	strv_add(&before, other);
	CHECK(!mount_overlaps(text, &before) || mount_valid(other));
	strv_add(&before, text);
	CHECK(mount_overlaps(text, &before));
	return 0;
}
