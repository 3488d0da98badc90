/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container was given may come in an archive from another host. What was read, written and read again is the
 * same, and no path leads out of /etc and /var. */
#include "fuzz.h"

#include "upgrade/given.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(given_done) struct given given = { 0 }, again = { 0 };
	_cleanup_(buf_done) struct buf once = { 0 }, twice = { 0 };
	_cleanup_(freep) char *text = xcalloc(1, size + 1);

	memcpy(text, data, size);
	if (given_parse(text, size, &given) < 0)
		return 0;
	for (size_t i = 0; i < given.n; i++) {
		CHECK(given_is_kept(given.v[i].path) && !strstr(given.v[i].path, "/../"));
		CHECK(given_find(&given, given.v[i].path) == &given.v[i]);
	}
	given_format(&given, &once);
	CHECK(given_parse(once.text, once.len, &again) == 0);
	given_format(&again, &twice);
	CHECK(once.len == twice.len && memcmp(once.text, twice.text, once.len) == 0);
	return 0;
}
