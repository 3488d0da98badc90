/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths in a package database. */
#include "fuzz.h"

#include "base/path.h"
#include "base/text.h"
#include "contents/rules.h"
#include "package/pkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *path = fuzz_part(&input, NULL), *once = NULL, *twice = NULL;
	_cleanup_(strv_done) struct strv parts = { 0 };
	struct rule_context context = { true, true, &parts, &parts, &parts, false };
	struct entry entry = { .path = path, .exists = true, .st.st_mode = S_IFREG | 0644 };

	if (!path_is_normal(path))
		return 0;
	strv_split(&parts, path, "/");
	for (size_t i = 0; i < parts.n; i++)
		CHECK(strcmp(parts.v[i], ".") != 0 && strcmp(parts.v[i], "..") != 0);
	CHECK(!has_control(path) && !strstr(path, "//"));
	once = path_merge(path);
	twice = path_merge(once);
	CHECK_SAME(once, twice);
	CHECK(path_is_normal(once) || strlen(once) > strlen(path));
	strv_clear(&parts);
	for (int copy = 0; copy < 2; copy++) {
		struct verdict verdict;

		context.copy_var = copy;
		verdict = rules_decide(&entry, &context);
		CHECK(verdict.rule && verdict.reason && *verdict.reason);
	}
	return 0;
}
