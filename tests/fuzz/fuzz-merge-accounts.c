/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of accounts of which root in a container wrote one. Whatever it wrote, its lines stay in their order, each as
 * it was or with more members. */
#include "fuzz.h"

#include "upgrade/merge-accounts.h"

static size_t lines(const char *text)
{
	size_t n = 0;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		n++;
	return n;
}

static void check(const char *path, const char *given, const char *host, const char *container)
{
	_cleanup_(strv_done) struct strv added = { 0 }, refused = { 0 };
	_cleanup_(freep) char *merged =
		merge_accounts(accounts_file(path), given, host, container, NULL, &added, &refused);
	const char *now = merged;

	CHECK(lines(merged) >= lines(container));
	for (const char *line = container; *line;) {
		size_t len = strcspn(line, "\n"), len_now = strcspn(now, "\n");

		CHECK(len_now >= len && memcmp(now, line, len) == 0);
		line += len + (line[len] == '\n');
		now += len_now + (now[len_now] == '\n');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow" };
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *given = fuzz_part(&input, NULL), *host = fuzz_part(&input, NULL);
	_cleanup_(freep) char *container = fuzz_part(&input, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		check(paths[i], given, host, container);
	return 0;
}
