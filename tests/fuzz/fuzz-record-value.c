/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of value in a record: the record's file preserves an accepted value, which is printable. */
#include "fuzz.h"

#include "base/ini.h"
#include "container/record.h"
#include "container/record-value.h"

static bool (*const kinds[])(const char *) = {
	record_name_valid, value_is_uuid,    value_is_mac,	 value_is_path,	   value_is_unit,
	value_is_package,  value_is_manager, value_is_level,	 value_is_context, value_is_type,
	value_is_hostname, value_is_network, value_is_interface, value_is_base,	   value_is_count,
};

static void check(const char *value)
{
	_cleanup_(freep) char *line = xasprintf("[A]\nb=%s\n", value);
	_cleanup_(ini_done) struct ini ini = { 0 };

	CHECK(fuzz_is_plain(value, ""));
	CHECK(ini_parse(line, strlen(line), &ini, NULL) == 0 && ini.n == 1);
	CHECK_SAME(ini.lines[0].value, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *value = fuzz_part(&input, NULL);

	if (!*value) /* left to the caller */
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i](value))
			check(value);
	return 0;
}
