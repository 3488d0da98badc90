/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rpm's packages, 'NAME ARCH EVR' on each line: each has an id by which it is found. */
#include "fuzz.h"

#include "base/strv.h"
#include "package/rpm-table.h"

#define PACKAGES_MAX 200

static void add(struct rpm_table *table, const char *line)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	struct rpm_package package = { .instance = (unsigned int)table->n };

	strv_split(&words, line, " ");
	if (words.n != 3)
		return;
	package.name = xstrdup(words.v[0]);
	package.arch = xstrdup(words.v[1]);
	package.evr = xstrdup(words.v[2]);
	rpm_table_add(table, package);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(rpm_table_done) struct rpm_table table = { 0 };

	while (input.n > 0 && table.n < PACKAGES_MAX) {
		_cleanup_(freep) char *line = fuzz_line(&input);

		add(&table, line);
	}
	rpm_table_make_ids(&table);
	for (size_t i = 0; i < table.n; i++) {
		const struct rpm_package *found = rpm_table_find(&table, table.v[i].id);

		CHECK(found);
		CHECK_SAME(found->id, table.v[i].id);
		CHECK(rpm_table_find(&table, table.v[i].name));
	}
	return 0;
}
