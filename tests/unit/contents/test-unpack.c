/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets in compressed files and archives, tried with samples of each kind. */
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/rootfd.h"
#include "contents/unpack.h"

static const struct strv no_hashes;

/* The file's form, or why it cannot be searched. */
static const char *look(int dir, const char *name)
{
	_cleanup_(closep) int fd = rootfd_openat(dir, name, O_RDONLY, 0, WALK_TREE);
	const struct secret_form *form = NULL;
	int r = unpack_find(fd, &no_hashes, &form);

	if (form)
		return form->name;
	return r == -E2BIG ? "too" : r == -EBADMSG ? "damaged" : r < 0 ? strerror(-r) : "none";
}

TEST(samples)
{
	_cleanup_(freep) char *path = xasprintf("%s/tests/unit/contents/secrets/packed", getenv("top_srcdir") ?: ".");
	_cleanup_(closep) int dir = rootfd_open(path);
	_cleanup_(strv_done) struct strv names = { 0 };

	CHECK(rootfd_list(dir, ".", WALK_TREE, &names) == 0 && names.n > 15);
	if (strcmp(look(dir, "pem-gz"), strerror(ENOSYS)) == 0)
		SKIP("no libarchive");
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *expected = xstrndup(names.v[i], strcspn(names.v[i], "-"));
		const char *form = look(dir, names.v[i]);

		if (strcmp(form, expected) != 0)
			printf("# '%s'\n", names.v[i]);
		CHECK_STR(form, expected);
	}
}

TEST(beginnings)
{
	static const char *const packed[] = { "\x1f\x8b\x08", "BZh9", "PK\x03\x04", "7z\xbc\xaf\x27\x1c", "070701" };
	static const char *const others[] = { "", "PK", "-----BEGIN PRIVATE KEY-----", "#!/bin/sh" };

	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		struct secret_text text = { packed[i], strlen(packed[i]), true, true, false };

		CHECK(unpack_knows(&text));
		text.first = false;
		CHECK(!unpack_knows(&text));
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		CHECK(!unpack_knows(&(struct secret_text){ others[i], strlen(others[i]), true, true, false }));
}

TEST_MAIN
