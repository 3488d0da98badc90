/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Three versions, whose order must be consistent, and a relation. */
#include "fuzz.h"

#include "package/dpkg-relation.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static int compare(const char *a, const char *b)
{
	return sign(dpkg_version_compare((struct dpkg_text){ a, strlen(a) }, (struct dpkg_text){ b, strlen(b) }));
}

static void check_order(char *const v[3])
{
	for (size_t i = 0; i < 3; i++) {
		const char *a = v[i], *b = v[(i + 1) % 3], *c = v[(i + 2) % 3];

		CHECK(compare(a, a) == 0);
		CHECK(compare(a, b) == -compare(b, a));
		if (compare(a, b) <= 0 && compare(b, c) <= 0)
			CHECK(compare(a, c) <= 0);
	}
}

static void check_relation(const char *text, const char *version)
{
	struct dpkg_relation relation;
	struct dpkg_text whole = { text, strlen(text) }, its = { version, strlen(version) };

	if (!dpkg_relation_parse(whole, &relation))
		return;
	CHECK(relation.name.n > 0 && relation.name.p >= text);
	CHECK(relation.version.n == 0 || relation.version.p + relation.version.n <= text + whole.n);
	dpkg_version_satisfies(its, &relation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = FUZZ_INPUT(data, size);
	_cleanup_(freep) char *a = fuzz_line(&input), *b = fuzz_line(&input), *c = fuzz_line(&input);
	_cleanup_(freep) char *relation = fuzz_line(&input);

	check_order((char *const[]){ a, b, c });
	check_relation(relation, a);
	return 0;
}
