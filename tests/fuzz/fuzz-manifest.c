/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manifest of an archive: what is accepted is written as it was read. */
#include "fuzz.h"

#include <string.h>

#include "archive/manifest.h"
#include "container/record.h"
#include "container/record-value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *message = NULL, *text = NULL, *again = NULL, *other = NULL;
	_cleanup_(manifest_done) struct manifest m = { 0 }, same = { 0 };

	if (manifest_parse((const char *)data, size, &m, &message) < 0) {
		CHECK(message && *message);
		return 0;
	}
	CHECK(!message && record_name_valid(m.name));
	text = manifest_format(&m);
	CHECK(manifest_parse(text, strlen(text), &same, &other) == 0);
	again = manifest_format(&same);
	CHECK_SAME(again, text);
	for (size_t i = 0; i < m.packages.n; i++) {
		_cleanup_(freep) char *name = xstrndup(m.packages.v[i], strcspn(m.packages.v[i], " "));

		CHECK(value_is_package(name) && manifest_version(&m, name));
	}
	for (size_t i = 0; i < m.units.n; i++) {
		_cleanup_(freep) char *name = xstrndup(m.units.v[i], strcspn(m.units.v[i], " "));

		CHECK(value_is_unit(name) && value_is_package(manifest_package(&m, name)));
	}
	return 0;
}
