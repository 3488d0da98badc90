/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and texts from untrusted sources, as messages show them. */
#include "fuzz.h"

#include "base/log.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *text = fuzz_part(&input, NULL), *escaped = escape_control(text);
	_cleanup_(freep) char *again = escape_control(escaped);

	CHECK(fuzz_is_plain(escaped, ""));
	CHECK_SAME(escaped, again);
	CHECK(!fuzz_is_plain(text, "") || strcmp(text, escaped) == 0);
	return 0;
}
