/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits: an accepted value, written and read again, is the same number. */
#include "fuzz.h"

#include <errno.h>

#include "container/limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *text = fuzz_line(&input);

	for (enum limit l = 0; l < LIMITS; l++) {
		_cleanup_(freep) char *written = NULL;
		uint64_t value = 7, again = 0;

		if (limit_parse(l, text, &value) < 0) {
			CHECK(value == 7);
			continue;
		}
		written = limit_format(l, value);
		CHECK(value == 0 || (limit_parse(l, written, &again) == 0 && again == value));
	}
	return 0;
}
