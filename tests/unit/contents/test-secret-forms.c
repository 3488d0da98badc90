/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forms of secrets, tried with samples that real tools made: each is found, and files that merely look similar are
 * not. */
#include "lib/tap.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/rootfd.h"
#include "contents/secret-forms.h"

#define SAMPLES "tests/unit/contents/secrets"

static const struct strv no_hashes;

static const char *form_of(const char *data, size_t len, bool first, bool closed)
{
	const struct secret_text text = { data, len, first, first, closed };
	const struct secret_form *form = secret_find(&text, &no_hashes);

	return form ? form->name : "none";
}

static int open_samples(struct strv *ret)
{
	_cleanup_(freep) char *path = xasprintf("%s/" SAMPLES, getenv("top_srcdir") ?: ".");
	int fd = rootfd_open(path);

	CHECK(rootfd_list(fd, ".", WALK_TREE, ret) == 0 && ret->n > 90);
	return fd;
}

TEST(samples)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int dir = open_samples(&names);

	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *expected = xstrndup(names.v[i], strcspn(names.v[i], "-"));
		_cleanup_(freep) char *data = NULL;
		const char *form;
		size_t len;

		if (strcmp(names.v[i], "make") == 0 || strcmp(names.v[i], "packed") == 0)
			continue;
		CHECK(rootfd_read(dir, names.v[i], WALK_TREE, SECRET_TEXT_MAX, &data, &len) == 0);
		form = form_of(data, len, true, has_suffix(names.v[i], ".closed"));
		if (strcmp(form, expected) != 0)
			printf("# '%s'\n", names.v[i]);
		CHECK_STR(form, expected);
	}
}

/* However short a sample is cut, and whichever byte is changed, nothing is read beyond its end. */
TEST(damaged_samples)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	_cleanup_(closep) int dir = open_samples(&names);

	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *data = NULL;
		size_t len;

		if (rootfd_read(dir, names.v[i], WALK_TREE, SECRET_TEXT_MAX, &data, &len) < 0)
			continue;
		for (size_t cut = 0; cut < len && cut < 64; cut++) {
			_cleanup_(freep) char *part = xcalloc(cut + 1, 1); /* for the sanitizers */
			char byte = data[cut];

			memcpy(part, data, cut);
			form_of(part, cut, true, true);
			data[cut] = (char)0xff;
			form_of(data, len, true, true);
			data[cut] = byte;
		}
	}
}

/* Forms of bytes only count where a file begins. */
TEST(in_the_middle)
{
	CHECK_STR(form_of("\5\2", 2, false, false), "none");
	CHECK_STR(form_of("x\n-----BEGIN PRIVATE KEY-----\n", 29, false, false), "pem");
	CHECK_STR(form_of("PuTTY-User-Key-File-3: x", 24, false, false), "none");
}

TEST(hashes_of_the_host)
{
	static const char shadow[] = "root:$y$j9T$salt$hashhashhash:19000:0:99999:7:::\n"
				     "daemon:*:19000::::::\nlocked:!$6$rounds=5000$salt$abcdef:1::::::\n"
				     "old:abcdefghijklm:1::::::\nthirteenchars:!:1::::::\n";
	static const struct {
		const char *text;
		bool found;
	} cases[] = {
		{ shadow, true },
		{ "backup of root:$y$j9T$salt$hashhashhash:", true },
		{ "password=$6$rounds=5000$salt$abcdef\n", true },
		{ "x:abcdefghijklm:\n", true },
		{ "cm9vdDokeSRqOVQkc2FsdCRoYXNoaGFzaGhhc2g6MTkwMDA6MDo5OTk5OTo3Ojo6\n", true }, /* base64 */
		{ "other:$y$j9T$salt$another:1\n", false },
		{ "thirteenchars:*:1\n", false },
		{ "root:*:1\n", false },
		{ "", false },
	};
	struct strv hashes = { 0 };

	secret_hashes(shadow, &hashes);
	strv_sort_unique(&hashes);
	CHECK_INT(hashes.n, 3);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct secret_text text = { cases[i].text, strlen(cases[i].text), true, true, false };
		const struct secret_form *form = secret_find(&text, &hashes);

		CHECK_STR(form ? form->name : "none", cases[i].found ? "password" : "none");
	}
	strv_done(&hashes);
}

TEST(options)
{
	static const struct {
		const char *text;
		bool found;
	} cases[] = {
		{ "auth required pam_x.so user=x passwd=y\n", true },
		{ "auth required pam_x.so \\\n  db_Password=y\n", true },
		{ "auth required pam_x.so bindpw=y", true },
		{ "# auth required pam_x.so passwd=y\nauth required pam_unix.so\n", false },
		{ "auth required pam_x.so secret=/etc/x passwd=\n", false },
		{ "password required pam_unix.so use_authtok\n", false },
		{ "challengePassword = A challenge password\n", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK_INT(secret_has_option(cases[i].text), cases[i].found);
}

TEST_MAIN
