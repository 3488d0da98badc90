/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the forms of secrets. Text forms are found anywhere in a file, binary forms only at the beginning of
 * a file or of a block of base64. A file that is mistaken for a secret stays on the host, so what a row looks for is
 * long, or a function checks what follows it. */
#include "contents/secret-forms.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "contents/secret-binary.h"

#define BASE64_MIN 44				/* characters: a key of 32 bytes */
#define BASE64_LINE 32				/* characters: shorter lines are no part of a block */
#define HASH_MIN 8				/* characters of a hash that says its method with a '$' */
#define BYTE_ORDER_MARKS "\xef\xbb\xbf\xff\xfe" /* of UTF-8 and UTF-16 */
#define DES_LENGTH 13				/* characters of the traditional hash, crypt(5) */

/* --- letters --- */

enum set {
	BASE64 = 1,
	CRYPT = 2, /* crypt(5): of a hash with its method and parameters */
};

static const unsigned char sets[UCHAR_MAX + 1] = {
	['0' ... '9'] = BASE64 | CRYPT,
	['A' ... 'Z'] = BASE64 | CRYPT,
	['a' ... 'z'] = BASE64 | CRYPT,
	['/'] = BASE64 | CRYPT,
	['+'] = BASE64 | CRYPT,
	['.'] = CRYPT,
	['$'] = CRYPT,
	['='] = CRYPT,
	['_'] = CRYPT,
	['-'] = CRYPT,
};

static bool is_in(char c, enum set set)
{
	return sets[(unsigned char)c] & set;
}

/* Like strspn(3) and strcspn(3), which are slow for sets as large as these. */
static size_t span(const char *s, enum set set)
{
	const char *p = s;

	while (is_in(*p, set))
		p++;
	return (size_t)(p - s);
}

static size_t span_not(const char *s, enum set set)
{
	const char *p = s;

	while (*p && !is_in(*p, set))
		p++;
	return (size_t)(p - s);
}

/* --- checks of what follows a text; 'at' points behind it --- */

static bool is_after_head(const char *text, const char *at)
{
	const char *newline = strchr(text, '\n');

	(void)at;
	return newline && (skip_prefix(newline + 1, "RWRTY0Iy") || skip_prefix(newline + 1, "RWRCS"));
}

static bool has_bech32(const char *text, const char *at)
{
	(void)text;
	return strspn(at, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L") >= 58;
}

/* Whether 'name', in quotes, is a member of the JSON text whose value is a string of at least 'len' characters. */
static bool has_member(const char *text, const char *name, size_t len)
{
	for (const char *p = text; (p = strstr(p, name)); p++) {
		const char *value = p + strlen(name);

		value += strspn(value, " \t\r\n");
		if (*value++ != ':')
			continue;
		value += strspn(value, " \t\r\n");
		if (*value == '"' && strcspn(value + 1, "\"") >= len)
			return true;
	}
	return false;
}

/* RFC 7518: "d" is the private part of EC, OKP and RSA keys, "k" is a symmetric key. */
static bool is_private_jwk(const char *text, const char *at)
{
	(void)at;
	return has_member(text, "\"d\"", 20) || (strstr(text, "\"oct\"") && has_member(text, "\"k\"", 16));
}

/* 32 bytes in base64. */
static bool is_key_value(const char *at)
{
	at += strspn(at, " \t\"'=:");
	return span(at, BASE64) == BASE64_MIN - 1 && at[BASE64_MIN - 1] == '=';
}

/* wg(8), where case does not matter, and systemd.netdev(5): 'PrivateKey = ...'; NetworkManager has 'private-key='. */
static bool is_wireguard(const char *text, const char *at)
{
	(void)text;
	at += strspn(at, "-_");
	return strncasecmp(at, "key", 3) == 0 && is_key_value(at + 3);
}

/* The private half begins with the address of the onion service, 56 characters; the public half does not. */
static bool has_onion_address(const char *text, const char *at)
{
	return at - text > 56 && strspn(text, "abcdefghijklmnopqrstuvwxyz234567") == 56 && text[56] == ':';
}

/* --- the table --- */

enum where {
	ANYWHERE,
	AT_BEGIN,
	ONCE, /* anywhere, but 'fits' looks at all of the text, so it is asked once */
};

static const struct text_form {
	struct secret_form form;
	const char *text;
	enum where where;
	bool (*fits)(const char *text, const char *at);
	const char *source; /* for the reader */
} text_forms[] = {
	{ { "openssh", SECRET_SSH_KEY }, "-----BEGIN OPENSSH PRIVATE KEY-----", ANYWHERE, NULL, "PROTOCOL.key" },
	{ { "openssh", SECRET_SSH_KEY }, "SSH PRIVATE KEY FILE FORMAT 1.1\n", AT_BEGIN, NULL, "SSH 1" },
	{ { "pem", SECRET_KEY }, "PRIVATE KEY-----", ANYWHERE, NULL, "RFC 7468, RFC 5915, PKCS #1" },
	{ { "openpgp", SECRET_KEY }, "PRIVATE KEY BLOCK-----", ANYWHERE, NULL, "RFC 9580, 6.2" },
	{ { "ssh2", SECRET_KEY }, "PRIVATE KEY ----", ANYWHERE, NULL, "SSH2, like RFC 4716" },
	{ { "putty", SECRET_KEY }, "PuTTY-User-Key-File-", AT_BEGIN, NULL, "PuTTY manual, appendix C" },
	{ { "openvpn", SECRET_KEY }, "-----BEGIN OpenVPN ", ANYWHERE, NULL, "openvpn(8), --secret, --tls-crypt-v2" },
	{ { "gnupg", SECRET_KEY }, "(11:private-key", AT_BEGIN, NULL, "GnuPG, keyformat.txt" },
	{ { "gnupg", SECRET_KEY }, "(21:protected-private-key", AT_BEGIN, NULL, "GnuPG, keyformat.txt" },
	{ { "gnupg", SECRET_KEY }, "\nKey: (private-key", ANYWHERE, NULL, "GnuPG, keyformat.txt" },
	{ { "gnupg", SECRET_KEY }, "\nKey: (protected-private-key", ANYWHERE, NULL, "GnuPG, keyformat.txt" },
	{ { "dnssec", SECRET_KEY }, "Private-key-format: v", ANYWHERE, NULL, "dnssec-keygen(8), K*.private" },
	{ { "tor", SECRET_KEY }, "== ed25519v1-secret: ", AT_BEGIN, NULL, "Tor, rend-spec: the keys of a service" },
	{ { "tor", SECRET_KEY }, ":descriptor:x25519:", ANYWHERE, has_onion_address, "Tor, rend-spec: of a client" },
	{ { "age", SECRET_KEY }, "AGE-SECRET-KEY-1", ANYWHERE, has_bech32, "age-encryption.org/v1" },
	{ { "signify", SECRET_KEY }, "untrusted comment: ", AT_BEGIN, is_after_head, "signify(1), minisign(1)" },
	{ { "jwk", SECRET_KEY }, "\"kty\"", ONCE, is_private_jwk, "RFC 7517, RFC 7518" },
	{ { "wireguard", SECRET_KEY }, "rivate", ANYWHERE, is_wireguard, "wg(8), CONFIGURATION FILE FORMAT" },
	{ { "wireguard", SECRET_KEY }, "reshared", ANYWHERE, is_wireguard, "wg(8), CONFIGURATION FILE FORMAT" },
	{ { "wireguard", SECRET_KEY }, "RIVATE", ANYWHERE, is_wireguard, "wg(8), CONFIGURATION FILE FORMAT" },
	{ { "wireguard", SECRET_KEY }, "RESHARED", ANYWHERE, is_wireguard, "wg(8), CONFIGURATION FILE FORMAT" },
};

#define MAGIC(s) s, sizeof(s) - 1

static const struct byte_form {
	struct secret_form form;
	const char *magic;
	size_t magic_len;
	bool (*fits)(const char *data, size_t len);
	bool bare;	    /* not looked for in base64, where something public looks the same */
	const char *source; /* for the reader */
} byte_forms[] = {
	{ { "openssh", SECRET_SSH_KEY }, MAGIC("openssh-key-v1\0"), NULL, false, "PROTOCOL.key" },
	{ { "ssh", SECRET_SSH_KEY }, MAGIC("\0\0\0"), secret_is_bare_ssh, true, "RFC 4253, 6.6" },
	{ { "der", SECRET_KEY }, MAGIC("\x30"), secret_is_der, false, "PKCS #1, PKCS #8, PKCS #12, SEC 1" },
	{ { "java", SECRET_KEY }, NULL, 0, secret_is_java_store, false, "OpenJDK: JKS and JCEKS" },
	{ { "openpgp", SECRET_KEY }, NULL, 0, secret_is_openpgp, false, "RFC 9580" },
	{ { "keepass", SECRET_KEY }, MAGIC("\x03\xd9\xa2\x9a"), NULL, false, "KeePass: kdb and kdbx" },
	{ { "pwsafe", SECRET_KEY }, MAGIC("PWS3"), NULL, true, "Password Safe, formatV3.txt" },
	{ { "microsoft", SECRET_KEY }, MAGIC("\x1e\xf1\xb5\xb0"), NULL, false, "PVK" },
	{ { "microsoft", SECRET_KEY }, MAGIC("\x07\x02\0\0"), NULL, false, "PRIVATEKEYBLOB" },
	{ { "keytab", SECRET_KEYTAB }, MAGIC("\x05"), secret_is_keytab, false, "MIT Kerberos" },
};

static const struct secret_form hash_form = { "password", SECRET_HASH };
static const struct secret_form raw_wireguard = { "wireguard", SECRET_KEY };

const struct secret_form *secret_form_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(text_forms); i++)
		if (strcmp(text_forms[i].form.name, name) == 0)
			return &text_forms[i].form;
	for (size_t i = 0; i < ARRAY_SIZE(byte_forms); i++)
		if (strcmp(byte_forms[i].form.name, name) == 0)
			return &byte_forms[i].form;
	return strcmp(hash_form.name, name) == 0 ? &hash_form : NULL;
}

/* --- looking --- */

#define GRAM 3		      /* characters */
#define STRIDE (5 - GRAM + 1) /* no text that is found anywhere has less than 5 characters */

/* Marks the grams with which a text begins at its first STRIDE places. Wherever the text is, one of them is at a
 * multiple of STRIDE, and hardly any other text has it there. */
static bool grams[4096];
static bool has_grams;

static bool *gram_at(const char *p)
{
	uint32_t gram = (uint32_t)(unsigned char)p[0] | (uint32_t)(unsigned char)p[1] << 8 |
			(uint32_t)(unsigned char)p[2] << 16;

	return &grams[gram * UINT32_C(2654435761) >> 20];
}

static void mark_grams(void)
{
	has_grams = true;
	for (size_t i = 0; i < ARRAY_SIZE(text_forms); i++)
		for (size_t k = 0; text_forms[i].where != AT_BEGIN && k < STRIDE; k++)
			*gram_at(text_forms[i].text + k) = true;
}

/* Whether the form is at 'p' in the text. */
static bool is_text_form(const struct text_form *row, const char *text, const char *p)
{
	const char *end = skip_prefix(p, row->text);

	return end && (!row->fits || row->fits(text, end));
}

/* A text, and the first row of the table that fits somewhere in it; the number of rows if none does. */
struct search {
	const char *text;
	size_t found;
	bool asked[ARRAY_SIZE(text_forms)]; /* of rows that are asked once */
};

static void look_at(struct search *s, const char *p)
{
	for (size_t i = 0; i < s->found; i++) {
		const struct text_form *row = &text_forms[i];

		if (row->where == AT_BEGIN || *row->text != *p || s->asked[i])
			continue;
		s->asked[i] = row->where == ONCE && skip_prefix(p, row->text);
		if (is_text_form(row, s->text, p))
			s->found = i;
	}
}

/* 'text' must not contain NULs. */
static const struct secret_form *find_text_form(const char *text, size_t len, bool first)
{
	const char *begin = text + strspn(text, BYTE_ORDER_MARKS);
	struct search s = { .text = text, .found = ARRAY_SIZE(text_forms) };

	if (!has_grams)
		mark_grams();
	for (size_t i = 0; first && i < s.found; i++)
		if (text_forms[i].where == AT_BEGIN && is_text_form(&text_forms[i], text, begin))
			s.found = i;
	for (size_t at = 0; at + GRAM <= len; at += STRIDE)
		if (*gram_at(text + at))
			for (size_t k = 0; k < STRIDE && k <= at; k++)
				look_at(&s, text + at - k);
	return s.found < ARRAY_SIZE(text_forms) ? &text_forms[s.found].form : NULL;
}

static const struct secret_form *find_byte_form(const char *data, size_t len, bool decoded)
{
	for (size_t i = 0; i < ARRAY_SIZE(byte_forms); i++) {
		const struct byte_form *row = &byte_forms[i];

		if (row->magic_len > len || (row->bare && decoded))
			continue;
		if ((!row->magic || memcmp(data, row->magic, row->magic_len) == 0) &&
		    (!row->fits || row->fits(data, len)))
			return &row->form;
	}
	return NULL;
}

/* --- passwords --- */

/* Returns the next word at or after '*p' that may be a hash, and its length; or NULL. The hash in 'password=$6$x'
 * begins with the '$'. */
static const char *next_hash(const char **p, size_t *ret_len)
{
	for (;;) {
		const char *word = *p + span_not(*p, CRYPT), *dollar;
		size_t len = span(word, CRYPT);

		*p = word + len;
		if (len == 0)
			return NULL;
		dollar = memchr(word, '$', len);
		if (dollar)
			len -= (size_t)(dollar - word);
		*ret_len = len;
		if (dollar ? len >= HASH_MIN : len == DES_LENGTH)
			return dollar ? dollar : word;
	}
}

/* The same for only those that begin with a '$', which is faster. */
static const char *next_modern_hash(const char **p, size_t *ret_len)
{
	const char *word;

	do {
		word = strchrnul(*p, '$');
		*ret_len = span(word, CRYPT);
		*p = word + *ret_len;
	} while (*word && *ret_len < HASH_MIN);
	return *word ? word : NULL;
}

/* A word of 13 characters counts as a hash only in the second field, where passwords are. */
void secret_hashes(const char *text, struct strv *ret)
{
	while (*text) {
		size_t line = strcspn(text, "\n"), name = strcspn(text, ":\n"), len;
		const char *p = text, *hash;

		while ((hash = next_hash(&p, &len)) && hash < text + line)
			if (*hash == '$' || (hash == text + name + 1 && hash[len] == ':'))
				strv_addn(ret, hash, len);
		text += line + (text[line] == '\n');
	}
}

/* 'hashes' are sorted, and no other character of a hash sorts before '$'. */
static bool has_hash(const char *text, const struct strv *hashes)
{
	bool modern = hashes->n > 0 && *hashes->v[hashes->n - 1] == '$';
	const char *p = text, *hash;
	size_t len;

	while (hashes->n > 0 && (hash = modern ? next_modern_hash(&p, &len) : next_hash(&p, &len))) {
		_cleanup_(freep) char *word = xstrndup(hash, len);

		if (strv_find(hashes, word))
			return true;
	}
	return false;
}

/* Whether the word is 'NAME=VALUE' with a name that ends like one for a password. A path is not a password. */
static bool is_password_option(const char *word, size_t len)
{
	static const char *const names[] = { "passwd", "password", "passphrase", "pass", "pw", "secret" };
	const char *value = memchr(word, '=', len);
	size_t name = value ? (size_t)(value - word) : 0;

	if (!value || name + 1 == len || value[1] == '/')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t end = strlen(names[i]);

		if (name >= end && strncasecmp(value - end, names[i], end) == 0)
			return true;
	}
	return false;
}

bool secret_has_option(const char *text)
{
	static const char blanks[] = " \t\r\n";

	for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
		size_t len = *text == '#' ? strcspn(text, "\n") : strcspn(text, blanks);

		if (*text != '#' && is_password_option(text, len))
			return true;
		text += len;
	}
	return false;
}

/* --- encodings --- */

/* Whether none of the bytes is 0: the highest bit of one that is 0 is set by the subtraction, and in none that is not,
 * below the first that is. */
static bool has_no_nul(uint64_t word)
{
	return !((word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080));
}

/* Returns the data without NULs, so that UTF-16 and UTF-32 become plain text. 'room' must have SECRET_TEXT_MAX + 1
 * bytes; it is not used if the data contain no NUL. */
static const char *without_nuls(const char *data, size_t *len, char *room)
{
	const char *end = data + *len;
	char *to = room;

	if (!memchr(data, '\0', *len))
		return data;
	while (data < end) {
		uint64_t word = 0;
		size_t n = sizeof(word) < (size_t)(end - data) ? sizeof(word) : (size_t)(end - data);

		memcpy(&word, data, n);
		if (has_no_nul(word)) {
			memcpy(to, &word, sizeof(word));
			to += sizeof(word);
		} else if (word != 0) {
			for (size_t i = 0; i < n; i++) {
				*to = data[i];
				to += data[i] != '\0';
			}
		}
		data += n;
	}
	*to = '\0';
	*len = (size_t)(to - room);
	return room;
}

#define SIX_BITS(a, b, c, d, n) [a] = n, [b] = n + 1, [c] = n + 2, [d] = n + 3

/* Of a character that is in BASE64. */
static const unsigned char base64_values[UCHAR_MAX + 1] = {
	SIX_BITS('A', 'B', 'C', 'D', 0),  SIX_BITS('E', 'F', 'G', 'H', 4),  SIX_BITS('I', 'J', 'K', 'L', 8),
	SIX_BITS('M', 'N', 'O', 'P', 12), SIX_BITS('Q', 'R', 'S', 'T', 16), SIX_BITS('U', 'V', 'W', 'X', 20),
	SIX_BITS('Y', 'Z', 'a', 'b', 24), SIX_BITS('c', 'd', 'e', 'f', 28), SIX_BITS('g', 'h', 'i', 'j', 32),
	SIX_BITS('k', 'l', 'm', 'n', 36), SIX_BITS('o', 'p', 'q', 'r', 40), SIX_BITS('s', 't', 'u', 'v', 44),
	SIX_BITS('w', 'x', 'y', 'z', 48), SIX_BITS('0', '1', '2', '3', 52), SIX_BITS('4', '5', '6', '7', 56),
	SIX_BITS('8', '9', '+', '/', 60),
};

/* Decodes the block of base64 at 'text' into 'room': consecutive lines, which may be indented, up to the first that is
 * short. Returns the end of the block. */
static const char *decode_block(const char *text, char *room, size_t *ret_len)
{
	const char *p = text;
	uint32_t bits = 0;
	size_t n = 0, len = 0;

	for (;;) {
		size_t line = span(p, BASE64);
		const char *next = p + line;

		for (; p < next; p++) {
			bits = bits << 6 | base64_values[(unsigned char)*p];
			if (++n % 4 == 0) {
				room[len++] = (char)(bits >> 16);
				room[len++] = (char)(bits >> 8);
				room[len++] = (char)bits;
			}
		}
		if (*next == '\r')
			next++;
		if (line < BASE64_LINE || *next != '\n')
			break;
		next += 1 + strspn(next + 1, " \t");
		if (span(next, BASE64) == 0)
			break;
		p = next;
	}
	bits <<= 6 * ((4 - n % 4) % 4);
	for (size_t i = 1; i < n % 4; i++)
		room[len++] = (char)(bits >> (24 - 8 * i));
	*ret_len = len;
	room[len] = '\0';
	return p;
}

/* The first place in [p, end) from which on there are BASE64_LINE characters of base64, or NULL. Looks at the last of
 * them first, and so at few characters of a text that has only words. */
static const char *find_base64(const char *p, const char *end)
{
	while (end - p >= BASE64_LINE) {
		const char *q = p + BASE64_LINE;

		while (q > p && is_in(q[-1], BASE64))
			q--;
		if (q == p)
			return p;
		p = q;
	}
	return NULL;
}

static const struct secret_form *find_in_base64(const char *text, size_t text_len, const struct strv *hashes)
{
	static char decoded[SECRET_TEXT_MAX + 1], room[SECRET_TEXT_MAX + 1];

	for (const char *p = text; (p = find_base64(p, text + text_len));) {
		const struct secret_form *form;
		const char *plain;
		size_t len;

		p = decode_block(p, decoded, &len);
		if (len < BASE64_MIN / 4 * 3 - 1)
			continue;
		form = find_byte_form(decoded, len, true);
		plain = without_nuls(decoded, &len, room);
		if (has_hash(plain, hashes))
			return &hash_form;
		if (!form)
			form = find_text_form(plain, len, true);
		if (form)
			return form;
	}
	return NULL;
}

/* A file that holds nothing but a private key of Curve25519 (RFC 7748, 5), as 'wg genkey' writes it. One in 32 public
 * keys looks the same, but they are seldom kept from users. */
static bool is_raw_wireguard(const struct secret_text *text)
{
	char room[64];
	size_t len;

	if (!text->closed || !text->whole || text->len < BASE64_MIN || text->len > BASE64_MIN + 1 ||
	    !is_in(text->data[0], BASE64) || !is_key_value(text->data))
		return false;
	decode_block(text->data, room, &len);
	return len == 32 && (room[0] & 7) == 0 && (room[31] & 0xc0) == 0x40;
}

const struct secret_form *secret_find(const struct secret_text *text, const struct strv *hashes)
{
	static char room[SECRET_TEXT_MAX + 1];
	const struct secret_form *form = text->first ? find_byte_form(text->data, text->len, false) : NULL;
	size_t len = text->len;
	const char *plain = without_nuls(text->data, &len, room);

	if (has_hash(plain, hashes))
		return &hash_form;
	if (!form)
		form = find_text_form(plain, len, text->first);
	if (!form && is_raw_wireguard(text))
		return &raw_wireguard;
	return form ? form : find_in_base64(plain, len, hashes);
}
