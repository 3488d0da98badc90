/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private keys are found whatever their form, and nothing else is taken for one. */
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
	rootfd_mkdir_p(root_fd, "/etc/ssl/certs");
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
	struct key_search search = { .users = &users, .mentioned = &mentioned };
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

static const struct {
	const char *path, *data;
	size_t len;
	bool key, ssh_key;
} cases[] = {
	{ "/etc/app/plain", BYTES("port = 22\n# where the private key is\nkey = /etc/app/k\n"), false, false },
	{ "/etc/app/empty", BYTES(""), false, false },
	{ "/etc/app/zero", BYTES("0"), false, false },
	{ "/etc/app/pkcs8", BYTES("-----BEGIN PRIVATE KEY-----\nMII\n"), true, false },
	{ "/etc/app/pkcs1", BYTES("junk\n-----BEGIN RSA PRIVATE KEY-----\nMII\n"), true, false },
	{ "/etc/app/encrypted", BYTES("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n"), true, false },
	{ "/etc/app/pgp", BYTES("-----BEGIN PGP PRIVATE KEY BLOCK-----\n"), true, false },
	{ "/etc/app/ssh2", BYTES("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n"), true, false },
	{ "/etc/app/putty", BYTES("PuTTY-User-Key-File-3: ssh-ed25519\n"), true, false },
	{ "/etc/app/gnupg", BYTES("(21:protected-private-key(3:rsa"), true, false },
	{ "/etc/app/static", BYTES("#\n-----BEGIN OpenVPN Static key V1-----\n"), true, false },
	{ "/etc/app/public", BYTES("-----BEGIN PUBLIC KEY-----\nMII\n"), false, false },
	{ "/etc/app/certificate", BYTES("-----BEGIN CERTIFICATE-----\nMII\n"), false, false },
	{ "/etc/app/pkcs8.der", BYTES("\x30\x82\x04\xbe\x02\x01\x00\x30\x0d"), true, false },
	{ "/etc/app/sec1.der", BYTES("\x30\x77\x02\x01\x01\x04\x20"), true, false },
	{ "/etc/app/pkcs12", BYTES("\x30\x82\x0a\x00\x02\x01\x03\x30"), true, false },
	{ "/etc/app/certificate.der", BYTES("\x30\x82\x04\x00\x30\x82\x02\x00\xa0\x03\x02\x01\x02"), false, false },
	{ "/etc/ssl/certs/trusted.p12", BYTES("\x30\x82\x0a\x00\x02\x01\x03\x30"), false, false },
	{ "/etc/app/ours", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\nb3\n"), true, true },
	{ "/etc/app/ssh_host_rsa_key", BYTES("-----BEGIN RSA PRIVATE KEY-----\nMII\n"), true, true },
	{ "/etc/app/bare_rsa", BYTES("\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01"), true, true },
	{ "/var/lib/app/own", BYTES("-----BEGIN PRIVATE KEY-----\nMII\n"), false, false },
};

TEST(forms)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct entry e = scan(cases[i].path, cases[i].data, cases[i].len, false);

		if (e.key != cases[i].key || e.ssh_key != cases[i].ssh_key)
			printf("# case '%s'\n", cases[i].path);
		CHECK_INT(e.key, cases[i].key);
		CHECK_INT(e.ssh_key, cases[i].ssh_key);
		CHECK(!e.key_type);
	}
}

/* Wherever it is in a large file, also across what is read at once. */
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

TEST(a_key_that_is_made_anew)
{
	struct entry e;

	scan("/etc/app/host.pub", BYTES("ecdsa-sha2-nistp256 AAAA root@host\n"), true);
	e = scan("/etc/app/host", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), true);
	CHECK_STR(e.key_type, "ecdsa");
	e = scan("/etc/app/alone", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), true);
	CHECK_STR(e.key_type, "ed25519");
	e = scan("/etc/app/with blank", BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), true);
	CHECK(e.ssh_key && !e.key_type);
	CHECK_STR(ssh_key_type("ssh-rsa AAAA\n"), "rsa");
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
	struct key_search search = { .users = &users };
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
