/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* openssl's output about keys and certificates, and the unit made from it. */
#include "lib/tap.h"

#include "contents/new-keys.h"

#define PUBLIC(s) "-----BEGIN PUBLIC KEY-----\n" s "\n-----END PUBLIC KEY-----\n"

static const struct {
	const char *key, *certificate;
	bool pair;
} pairs[] = {
	{ PUBLIC("AAAA"), "issuer=CN = a\nsubject=CN = a\n" PUBLIC("AAAA"), true },
	{ PUBLIC("AAAA"), "issuer=CN = a\nsubject=CN = a\n" PUBLIC("BBBB"), false },
	{ PUBLIC("AAAA"), "issuer=CN = authority\nsubject=CN = a\n" PUBLIC("AAAA"), false },
	{ PUBLIC("AAAA"), "subject=CN = a\n" PUBLIC("AAAA"), false },
	{ PUBLIC("AAAA"), "", false },
	{ "", "", false },
	{ "-----BEGIN PUBLIC KEY-----", "issuer=a\nsubject=a\n-----BEGIN PUBLIC KEY-----", false },
};

TEST(pairs)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		CHECK_INT(tls_is_pair(pairs[i].key, pairs[i].certificate), pairs[i].pair);
}

static const struct {
	const char *key, *options;
} kinds[] = {
	{ PUBLIC("A") "Public-Key: (3072 bit)\nModulus:\n    00:ba\n", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072" },
	{ PUBLIC("A") "RSA Public-Key: (2048 bit)\nModulus:\n", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048" },
	{ PUBLIC("A") "Public-Key: (256 bit)\npub:\nASN1 OID: prime256v1\nNIST CURVE: P-256\n",
	  "-algorithm EC -pkeyopt ec_paramgen_curve:prime256v1" },
	{ PUBLIC("A") "ASN1 OID: a b\n", NULL },
	{ PUBLIC("A") "ED25519 Public-Key:\npub:\n", "-algorithm ED25519" },
	{ PUBLIC("A") "DSA\n", NULL },
	{ "", NULL },
};

TEST(kinds)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_(freep) char *options = tls_key_options(kinds[i].key);

		CHECK_STR(options ? options : "none", kinds[i].options ? kinds[i].options : "none");
	}
}

/* The first bytes of files that openssl and dropbearkey wrote. */
#define BYTES(s) (s), sizeof(s) - 1

static const struct {
	const char *head;
	size_t len;
	const char *public_key, *command;
} ssh_keys[] = {
	{ BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "ssh-rsa AAAA a", "/usr/bin/ssh-keygen -q -N \"\" -t rsa" },
	{ BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "ecdsa-sha2-nistp521 AAAA",
	  "/usr/bin/ssh-keygen -q -N \"\" -t ecdsa -b 521" },
	{ BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "", "/usr/bin/ssh-keygen -q -N \"\" -t ed25519" },
	{ BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "ssh-dss AAAA", NULL },
	{ BYTES("-----BEGIN RSA PRIVATE KEY-----\n"), "", "/usr/bin/ssh-keygen -q -N \"\" -m PEM -t rsa" },
	{ BYTES("-----BEGIN EC PRIVATE KEY-----\n"), "ecdsa-sha2-nistp384 A",
	  "/usr/bin/ssh-keygen -q -N \"\" -m PEM -t ecdsa -b 384" },
	{ BYTES("-----BEGIN PRIVATE KEY-----\n"), "ssh-rsa A", "/usr/bin/ssh-keygen -q -N \"\" -m PKCS8 -t rsa" },
	{ BYTES("-----BEGIN DSA PRIVATE KEY-----\n"), "", NULL },
	{ BYTES("\0\0\0\007ssh-rsa\0\0\0\003\1\0\1"), "", "/usr/bin/dropbearkey -t rsa" },
	{ BYTES("\0\0\0\013ssh-ed25519\0\0\0\100"), "", "/usr/bin/dropbearkey -t ed25519" },
	{ BYTES("\0\0\0\023ecdsa-sha2-nistp384\0\0\0\10"), "", "/usr/bin/dropbearkey -t ecdsa -s 384" },
	{ BYTES("\0\0\0\007ssh-dss\0\0\0\x81"), "", NULL },
	{ BYTES(""), "ssh-rsa AAAA", NULL },
};

TEST(ssh_keys)
{
	for (size_t i = 0; i < ARRAY_SIZE(ssh_keys); i++) {
		_cleanup_(freep) char *command =
			ssh_key_command(ssh_keys[i].head, ssh_keys[i].len, ssh_keys[i].public_key);

		CHECK_STR(command ? command : "none", ssh_keys[i].command ? ssh_keys[i].command : "none");
	}
}

static const struct {
	const char *head;
	size_t len;
	const char *form;
} tls_forms[] = {
	{ BYTES("-----BEGIN PRIVATE KEY-----\n"), "" },
	{ BYTES("Bag Attributes\n-----BEGIN RSA PRIVATE KEY-----\n"), " -traditional" },
	{ BYTES("-----BEGIN EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\n"), " -traditional" },
	{ BYTES("\x30\x82\x04\xbd\x02\x01\x00\x30\x0d"), " -outform DER" },
	{ BYTES("\x30\x81\x87\x02\x01\x00\x30\x13"), " -outform DER" },
	{ BYTES("\x30\x82\x04\xa3\x02\x01\x00\x02\x82"), " -traditional -outform DER" },
	{ BYTES("\x30\x81\xa4\x02\x01\x01\x04\x30"), " -traditional -outform DER" },
	{ BYTES("\x30\x77\x02\x01\x01\x04\x20"), " -traditional -outform DER" },
	{ BYTES("\x30\xff\xff"), " -traditional -outform DER" },
	{ BYTES("\x30"), "" },
	{ BYTES("0 is text\n"), "" },
	{ BYTES(""), "" },
};

TEST(tls_forms)
{
	for (size_t i = 0; i < ARRAY_SIZE(tls_forms); i++)
		CHECK_STR(tls_key_form(tls_forms[i].head, tls_forms[i].len), tls_forms[i].form);
}

TEST(unit)
{
	static const struct tls_pair pair = { "/etc/k", "/etc/c", "-algorithm ED25519", " -traditional",
					      " -outform DER" };
	_cleanup_(freep) char *text = tls_key_unit_text(&pair, "a.service b.service");

	CHECK(strstr(text, "\nConditionFileNotEmpty=!/etc/k\n"));
	CHECK(strstr(text, "\nBefore=shutdown.target a.service b.service\n"));
	CHECK(strstr(text, " genpkey -quiet -algorithm ED25519 -out /run/%N/key\n"));
	CHECK(strstr(text, " x509 -in /etc/c -signkey /run/%N/key "));
	CHECK(strstr(text, " -days 3650 -outform DER -out /run/%N/certificate\n"));
	CHECK(strstr(text, " pkey -in /run/%N/key -traditional -out /run/%N/key-in-form\n"));
	CHECK(strstr(text, " /run/%N/key-in-form /etc/k\n"));
}

TEST(key_of_a_unit)
{
	static const struct tls_pair pair = { "/etc/k", "/etc/c", "-algorithm ED25519", "", "" };
	_cleanup_(freep) char *tls_text = tls_key_unit_text(&pair, "a.service");
	_cleanup_(freep) char *ssh_text = ssh_key_unit_text("/etc/s", "/usr/bin/ssh-keygen -t ed25519");
	_cleanup_(freep) char *tls_key = NULL, *ssh_key = NULL;
	bool tls;

	tls_key = key_of_unit(tls_text, &tls);
	CHECK_STR(tls_key, "/etc/k");
	CHECK(tls);
	ssh_key = key_of_unit(ssh_text, &tls);
	CHECK_STR(ssh_key, "/etc/s");
	CHECK(!tls);
	CHECK(!key_of_unit("", &tls));
	CHECK(!key_of_unit("[Unit]\nDescription=ConditionPathExists=!/etc/s\n", &tls));
}

TEST_MAIN
