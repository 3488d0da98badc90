/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The option --mount, whose syntax is that of the record. */
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
	_cleanup_(freep) char *once = NULL, *twice = NULL;
	_cleanup_(mount_done) struct mount m = { 0 }, again = { 0 }, n = { 0 };
	_cleanup_(freep) char *must = mount_parse(text, &m), *must_other = mount_parse(other, &n);

	if (must) {
		CHECK(!m.target && !m.source);
		return 0;
	}
	CHECK(*m.target == '/' && (m.source ? *m.source == '/' : m.size > 0));
	once = mount_format(&m);
	check_kept(once);
	CHECK(mount_parse(once, &again) == NULL);
	twice = mount_format(&again);
	CHECK_SAME(once, twice);
	CHECK(mount_overlaps(&m, &(struct mounts){ &again, 1 }, 1));
	if (!must_other)
		CHECK(mount_overlaps(&m, &(struct mounts){ &n, 1 }, 1) ==
		      mount_overlaps(&n, &(struct mounts){ &m, 1 }, 1));
	return 0;
}
