/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private keys are found in any form, and nothing else is taken for one. */
#include "lib/tap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "contents/keys.h"
#include "contents/new-keys.h"
#include "contents/users.h"

static char root[] = "/tmp/test-keys.XXXXXX";
static int root_fd = -1;

static void make_root(void)
{
	if (root_fd >= 0)
		return;
	if (!mkdtemp(root))
		abort();
	root_fd = rootfd_open(root);
	rootfd_mkdir_p(root_fd, "/etc/app");
	rootfd_mkdir_p(root_fd, "/var/lib/app");
}

__attribute__((destructor)) static void remove_root(void)
{
	if (root_fd >= 0)
		rm_rf(AT_FDCWD, root);
}

static struct entry scan(const char *path, const char *data, size_t len, bool of_root)
{
	static struct strv mentioned;
	struct users users = { 0 };
	static char hash[] = "$6$salt$hash", *hash_list[] = { hash, NULL };
	const struct strv hashes = { hash_list, 1 }, none = { 0 };
	const struct rule_context rules = { true, true, &none, &none, &none, false };
	struct key_search search = {
		.users = &users, .mentioned = &mentioned, .configured = &mentioned, .hashes = &hashes, .rules = &rules
	};
	struct entry e = {
		.path = (char *)path, .exists = true, .claims = of_root ? CLAIM_ROOT : 0, .st.st_mode = S_IFREG | 0600
	};
	int fd;

	make_root();
	search.root_fd = root_fd;
	fd = rootfd_openat(root_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0600, WALK_TREE);
	CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
	keys_scan(&search, &e);
	return e;
}

#define BYTES(s) s, sizeof(s) - 1

/* What is done with a form; test-secret-forms.c has the forms. */
static const struct {
	const char *path, *data;
	size_t len;
	const char *holds;
	bool key, ssh_key, keytab, secret;
} cases[] = {
	{ "/etc/app/plain", BYTES("port = 22\n# where the private key is\nkey = /etc/app/k\n"), NULL, .key = false },
	{ "/etc/app/empty", BYTES(""), NULL, .key = false },
	{ "/etc/app/pkcs8", BYTES("-----BEGIN PRIVATE KEY-----\nMII\n"), "pem", .key = true },
	{ "/etc/app/pkcs8.der", BYTES("\x30\x82\x04\xbe\x02\x01\x00\x30\x0d"), "der", .key = true },
	{ "/etc/app/ours", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\nb3\n"), "openssh", .key = true,
	  .ssh_key = true },
	{ "/etc/app/ssh_host_rsa_key", BYTES("-----BEGIN RSA PRIVATE KEY-----\nMII\n"), "pem", .key = true,
	  .ssh_key = true },
	{ "/etc/app/x.keytab", BYTES("\x05\x02\0\0\0\x26"), "keytab", .keytab = true },
	{ "/etc/app/copy", BYTES("x:$6$salt$hash:\n"), "password", .secret = true },
	{ "/etc/app/both", BYTES("-----BEGIN PRIVATE KEY-----\nx:$6$salt$hash:\n"), "password", .secret = true },
	{ "/var/lib/app/own", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\nMII\n"), "openssh", .key = false },
	{ "/var/lib/app/x.keytab", BYTES("\x05\x02\0\0\0\x26"), "keytab", .key = false },
	{ "/var/lib/app/copy", BYTES("x:$6$salt$hash:\n"), "password", .secret = true },
};

TEST(forms)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct entry e = scan(cases[i].path, cases[i].data, cases[i].len, skip_prefix(cases[i].path, "/var/"));

		if (e.key != cases[i].key || e.ssh_key != cases[i].ssh_key)
			printf("# case '%s'\n", cases[i].path);
		CHECK_INT(e.key, cases[i].key);
		CHECK_INT(e.ssh_key, cases[i].ssh_key);
		CHECK_INT(e.keytab, cases[i].keytab);
		CHECK_INT(e.secret, cases[i].secret);
		CHECK_STR(e.holds ? e.holds : "", cases[i].holds ? cases[i].holds : "");
		CHECK(!e.key_command);
	}
}

/* Anywhere in a large file, also across the boundary of two reads. */
TEST(anywhere)
{
	static const char key[] = "-----BEGIN PRIVATE KEY-----";
	static char data[3 << 20];

	for (size_t at = (1 << 20) - 30; at <= (1 << 20) + 3; at++) {
		memset(data, 'x', sizeof(data));
		memcpy(data + at, key, sizeof(key) - 1);
		CHECK(scan("/etc/app/large", data, (1 << 20) + 100, false).key);
	}
	memset(data, 'x', sizeof(data));
	memcpy(data + sizeof(data) - sizeof(key), key, sizeof(key) - 1);
	CHECK(scan("/etc/app/large", data, sizeof(data), false).key);
	memset(data, 'x', sizeof(data));
	CHECK(!scan("/etc/app/large", data, sizeof(data), false).key);
}

/* What is packed stays on the host like what is not, and no key is made anew in its place. */
TEST(packed)
{
	static const struct {
		const char *sample, *holds;
		bool key, secret;
	} samples[] = {
		{ "pem-tar-xz", "pem", .key = true },	  { "openssh-gz", "openssh", .key = true, .secret = true },
		{ "none-gz", "", .key = false },	  { "none-hash", "password", .secret = true },
		{ "damaged-gz", "packed", .key = false },
	};
	_cleanup_(freep) char *path = xasprintf("%s/tests/unit/contents/secrets/packed", getenv("top_srcdir") ?: ".");
	_cleanup_(closep) int dir = rootfd_open(path);

	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		_cleanup_(freep) char *data = NULL;
		struct entry e;
		size_t len;

		CHECK(rootfd_read(dir, samples[i].sample, WALK_TREE, 1 << 20, &data, &len) == 0);
		e = scan("/etc/app/packed", data, len, true);
		if (i == 0 && e.holds && strcmp(e.holds, "packed") == 0)
			SKIP("no libarchive");
		CHECK_STR(e.holds ? e.holds : "", samples[i].holds);
		CHECK_INT(e.key, samples[i].key);
		CHECK_INT(e.secret, samples[i].secret);
		CHECK(!e.ssh_key && !e.key_command);
	}
}

TEST(closed)
{
	const struct strv none = { 0 };
	struct key_search search = { .hashes = &none };
	struct entry e = {
		.path = (char *)"/etc/closed/x", .exists = true, .st.st_mode = S_IFREG | 0644, .package = "x"
	};

	make_root();
	rootfd_mkdir_p(root_fd, "/etc/closed");
	search.root_fd = root_fd;
	keys_scan(&search, &e);
	CHECK(!e.closed);
	CHECK(fchmodat(root_fd, "etc/closed", 0750, 0) == 0);
	keys_scan(&search, &e);
	CHECK(e.closed);
	e.path = (char *)"/etc/app/x";
	keys_scan(&search, &e);
	CHECK(!e.closed);
	e.st.st_mode = S_IFREG | 0640;
	keys_scan(&search, &e);
	CHECK(e.closed);
}

TEST(a_key_that_is_made_anew)
{
	struct entry e;

	rootfd_mkdir_p(root_fd, "/usr/bin");
	scan("/etc/app/host.pub", BYTES("ecdsa-sha2-nistp256 AAAA root@host\n"), true);
	e = scan("/etc/app/host", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), true);
	CHECK(e.ssh_key && !e.key_command); /* there is no program that makes it */
	scan("/usr/bin/ssh-keygen", BYTES(""), false);
	e = scan("/etc/app/host", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), true);
	CHECK_STR(e.key_command, "/usr/bin/ssh-keygen -q -N \"\" -t ecdsa -b 256");
	free(e.key_command);
	e = scan("/etc/app/with blank", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), true);
	CHECK(e.ssh_key && !e.key_command);
}

TEST(what_belongs_to_it)
{
	struct entry v[] = { { .path = (char *)"/etc/app/k", .ssh_key = true },
			     { .path = (char *)"/etc/app/k-cert.pub" },
			     { .path = (char *)"/etc/app/k.pub" },
			     { .path = (char *)"/etc/app/k2.pub" } };
	struct entries entries = { v, 4 };

	keys_mark_companions(&entries);
	CHECK(v[1].ssh_key && v[2].ssh_key && !v[3].ssh_key);
}

TEST(what_cannot_be_read)
{
	struct users users = { 0 };
	const struct strv none = { 0 };
	struct key_search search = { .users = &users, .hashes = &none };
	struct entry e = { .path = (char *)"/etc/app/locked", .exists = true, .st.st_mode = S_IFREG };

	scan(e.path, BYTES("x"), false);
	search.root_fd = root_fd;
	if (geteuid() == 0)
		SKIP("root reads everything");
	CHECK(fchmodat(root_fd, "etc/app/locked", 0, 0) == 0);
	keys_scan(&search, &e);
	CHECK(e.key);
	e = (struct entry){ .path = (char *)"/etc/app/gone", .exists = true, .st.st_mode = S_IFREG };
	keys_scan(&search, &e);
	CHECK(!e.key);
}

TEST_MAIN
