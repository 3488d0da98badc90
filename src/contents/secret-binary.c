/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binary forms of private keys: DER, Java's stores, OpenPGP, Kerberos, SSH. All parsers read through take(), which
 * refuses lengths that exceed the data. */
#include "contents/secret-binary.h"

#include <stdint.h>
#include <string.h>

#include "base/util.h"

#define ELEMENTS_MAX 1000 /* elements or packets that are examined in a file */

/* The data that were not read yet. */
struct bytes {
	const unsigned char *p;
	size_t n;
};

static struct bytes bytes_of(const char *data, size_t len)
{
	return (struct bytes){ (const unsigned char *)data, len };
}

static bool take(struct bytes *from, size_t n, struct bytes *ret)
{
	if (n > from->n)
		return false;
	*ret = (struct bytes){ from->p, n };
	from->p += n;
	from->n -= n;
	return true;
}

/* A big-endian number of 'size' bytes, at most four. */
static bool take_number(struct bytes *from, size_t size, uint32_t *ret)
{
	struct bytes number;
	uint32_t value = 0;

	if (!take(from, size, &number))
		return false;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | number.p[i];
	*ret = value;
	return true;
}

static bool begins_with(struct bytes b, const char *text, size_t len)
{
	return b.n >= len && memcmp(b.p, text, len) == 0;
}

/* --- DER --- */

enum { INTEGER = 0x02, OBJECT_ID = 0x06, SEQUENCE = 0x30 };

/* Reads an element of DER. If the data end within it, its content is what there is. */
static bool take_element(struct bytes *from, uint32_t *ret_tag, struct bytes *ret, bool *ret_cut)
{
	uint32_t length;

	if (!take_number(from, 1, ret_tag) || !take_number(from, 1, &length))
		return false;
	if (length == 0x80) /* indefinite: it ends with a mark, which is not looked for */
		length = (uint32_t)from->n;
	else if (length > 0x80 && ((length &= 0x7f) > 4 || !take_number(from, length, &length)))
		return false;
	*ret_cut = length > from->n;
	return take(from, *ret_cut ? from->n : length, ret);
}

static bool has_key_bag(struct bytes b)
{
	static const char bag[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01"; /* and the kind, RFC 7292, appendix D */
	size_t len = strlen(bag);

	for (const unsigned char *p; (p = memmem(b.p, b.n, bag, len));) {
		b.n -= (size_t)(p - b.p) + len;
		b.p = p + len;
		if (b.n > 0 && memchr("\1\2\5", b.p[0], 3)) /* keyBag, pkcs8ShroudedKeyBag, secretBag */
			return true;
	}
	return false;
}

/* A plain key begins with the version of its form, and so does PKCS #12. An encrypted key begins with the algorithm of
 * the encryption. Certificates, requests and public keys begin differently. */
static bool is_key_sequence(struct bytes content, bool cut)
{
	static const char pbe[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x05",
			  pkcs12_pbe[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";
	struct bytes all = content, first, id;
	uint32_t tag;
	bool first_cut;

	if (!take_element(&content, &tag, &first, &first_cut))
		return false;
	if (tag == INTEGER && first.n == 1)
		return first.p[0] <= 1 || (first.p[0] == 3 && (cut || has_key_bag(all)));
	return tag == SEQUENCE && take_element(&first, &tag, &id, &first_cut) && tag == OBJECT_ID &&
	       (begins_with(id, pbe, strlen(pbe)) || begins_with(id, pkcs12_pbe, strlen(pkcs12_pbe)));
}

bool secret_is_der(const char *data, size_t len)
{
	struct bytes b = bytes_of(data, len), content;
	uint32_t tag;
	bool cut;

	for (unsigned int i = 0; i < ELEMENTS_MAX && take_element(&b, &tag, &content, &cut) && tag == SEQUENCE; i++)
		if (is_key_sequence(content, cut))
			return true;
	return false;
}

/* --- Java --- */

static bool skip_sized(struct bytes *from, size_t size_of_length)
{
	struct bytes skipped;
	uint32_t length;

	return take_number(from, size_of_length, &length) && take(from, length, &skipped);
}

bool secret_is_java_store(const char *data, size_t len)
{
	enum { TRUSTED = 2 };
	struct bytes b = bytes_of(data, len), time;
	uint32_t magic, version, entries, kind;

	if (!take_number(&b, 4, &magic) || (magic != 0xfeedfeed && magic != 0xcececece))
		return false;
	if (!take_number(&b, 4, &version) || !take_number(&b, 4, &entries))
		return true;
	for (uint32_t i = 0; i < entries; i++) {
		if (!take_number(&b, 4, &kind) || kind != TRUSTED)
			return true;
		if (!skip_sized(&b, 2) || !take(&b, 8, &time) || (version == 2 && !skip_sized(&b, 2)) ||
		    !skip_sized(&b, 4))
			return true;
	}
	return false;
}

/* --- OpenPGP --- */

/* Reads a packet: its tag and its content. Indeterminate and partial lengths, which keys do not have, are refused. */
static bool take_packet(struct bytes *from, uint32_t *ret_tag, struct bytes *ret)
{
	uint32_t head, length, more;

	if (!take_number(from, 1, &head) || !(head & 0x80))
		return false;
	if (!(head & 0x40)) {
		*ret_tag = head >> 2 & 0xf;
		return (head & 3) < 3 && take_number(from, 1U << (head & 3), &length) && take(from, length, ret);
	}
	*ret_tag = head & 0x3f;
	if (!take_number(from, 1, &length))
		return false;
	if (length >= 192 && length < 224) {
		if (!take_number(from, 1, &more))
			return false;
		length = ((length - 192) << 8) + more + 192;
	} else if (length >= 224 && (length != 255 || !take_number(from, 4, &length))) {
		return false;
	}
	return take(from, length, ret);
}

bool secret_is_openpgp(const char *data, size_t len)
{
	enum { SECRET_KEY = 5, PUBLIC_KEY = 6, SECRET_SUBKEY = 7, MARKER = 10 };
	struct bytes b = bytes_of(data, len), packet;
	uint32_t tag;

	for (unsigned int i = 0; i < ELEMENTS_MAX && take_packet(&b, &tag, &packet); i++) {
		if (i == 0 && tag != SECRET_KEY && tag != PUBLIC_KEY && tag != SECRET_SUBKEY && tag != MARKER)
			return false;
		/* A version, a time, and in newer versions an algorithm, of which there are few. */
		if ((tag == SECRET_KEY || tag == SECRET_SUBKEY) && packet.n > 10 && packet.p[0] >= 3 &&
		    packet.p[0] <= 6 && (packet.p[0] == 3 || packet.p[5] <= 40))
			return true;
	}
	return false;
}

/* --- Kerberos --- */

bool secret_is_keytab(const char *data, size_t len)
{
	enum { ENTRY_MAX = 65536 }; /* bytes; a key and a name */
	struct bytes b = bytes_of(data, len);
	uint32_t head, size, swapped;

	if (!take_number(&b, 2, &head) || (head != 0x0501 && head != 0x0502) || b.n == 0)
		return false;
	if (!take_number(&b, 4, &size))
		return true;
	swapped = __builtin_bswap32(size); /* version 1 has the byte order of the machine */
	if (size >> 31)			   /* a deleted entry */
		size = -size;
	return (size > 0 && size <= ENTRY_MAX) || (head == 0x0501 && swapped > 0 && swapped <= ENTRY_MAX);
}

/* --- SSH --- */

bool secret_is_bare_ssh(const char *data, size_t len)
{
	return len > 16 && memcmp(data, "\0\0\0", 3) == 0 &&
	       (memcmp(data + 4, "ssh-", 4) == 0 || memcmp(data + 4, "ecdsa-", 6) == 0);
}
