/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of units, and the escaping of instances. */
#include "fuzz.h"

#include "unit/unit-name.h"

static void check_instance(const char *name)
{
	_cleanup_(unit_name_done) struct unit_name parts = { 0 };
	_cleanup_(freep) char *template = unit_name_template(name), *again = NULL;

	CHECK(unit_name_parse(name, &parts) == UNIT_NAME_INSTANCE);
	CHECK(template && unit_name_kind(template) == UNIT_NAME_TEMPLATE);
	again = unit_name_instantiate(template, parts.instance);
	CHECK(again);
	CHECK_SAME(again, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *name = fuzz_line(&input), *instance = fuzz_line(&input);
	_cleanup_(freep) char *unescaped = unit_name_unescape(name), *made = unit_name_instantiate(name, instance);
	enum unit_name_kind kind = unit_name_kind(name);

	CHECK(!unescaped || strlen(unescaped) <= strlen(name));
	CHECK(!made || (kind == UNIT_NAME_TEMPLATE && unit_name_kind(made) == UNIT_NAME_INSTANCE));
	CHECK(kind == UNIT_NAME_INVALID || (fuzz_is_plain(name, "") && !strpbrk(name, "/ \t")));
	if (kind == UNIT_NAME_INSTANCE)
		check_instance(name);
	return 0;
}
