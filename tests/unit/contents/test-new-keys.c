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

TEST(unit)
{
	_cleanup_(freep) char *text =
		tls_key_unit_text("/etc/k", "/etc/c", "-algorithm ED25519", "a.service b.service");

	CHECK(strstr(text, "\nConditionFileNotEmpty=!/etc/k\n"));
	CHECK(strstr(text, "\nBefore=shutdown.target a.service b.service\n"));
	CHECK(strstr(text, " genpkey -quiet -algorithm ED25519 -out /run/%N/key\n"));
	CHECK(strstr(text, " x509 -in /etc/c -signkey /run/%N/key "));
	CHECK(strstr(text, " /run/%N/key /etc/k\n"));
}

TEST_MAIN
