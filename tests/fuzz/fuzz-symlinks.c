/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links below /etc and /var, 'PATH TARGET' or 'PATH' on each line: whatever circle they make, it ends. */
#include "fuzz.h"

#include "contents/symlinks.h"
#include "contents/rules.h"

#define ENTRIES_MAX 100

static void add(struct entries *entries, const char *line)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	struct entry *e;

	strv_split(&words, line, " ");
	if (words.n == 0 || (!skip_prefix(words.v[0], "/etc/") && !skip_prefix(words.v[0], "/var/")))
		return;
	e = entries_add(entries, xstrdup(words.v[0]), words.n > 2 ? CLAIM_UNIT_DIR : CLAIM_CLOSURE);
	e->exists = true;
	e->st.st_mode = words.n > 1 ? S_IFLNK | 0777 : S_IFREG | 0644;
	e->target = words.n > 1 ? xstrdup(words.v[1]) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(entries_done) struct entries entries = { 0 };
	const struct strv none = { 0 };
	const struct rule_context context = { true, true, &none, &none, &none, false };

	while (input.n > 0 && entries.n < ENTRIES_MAX) {
		_cleanup_(freep) char *line = fuzz_line(&input);

		add(&entries, line);
	}
	if (entries.n == 0)
		return 0;
	entries_merge(&entries);
	symlinks_settle(&entries, &context);
	for (size_t i = 0; i < entries.n; i++)
		CHECK(!entries.v[i].dangling || entries.v[i].target);
	return 0;
}
