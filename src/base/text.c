/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text from untrusted sources: whether it is UTF-8, whether a terminal would act on it, and how to print it safely.
 * UTF-8 is read strictly: overlong forms and surrogates are not UTF-8. */
#include "base/text.h"

#include <string.h>

#include "base/buf.h"

size_t utf8_decode(const char *s, size_t len, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	const unsigned char *u = (const unsigned char *)s;

	for (size_t n = 0; n < ARRAY_SIZE(forms); n++) {
		uint32_t c = *u & (unsigned char)~forms[n].mask;

		if ((*u & forms[n].mask) != forms[n].lead)
			continue;
		if (len <= n)
			return 0;
		for (size_t i = 1; i <= n; i++) {
			if ((u[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (u[i] & 0x3f);
		}
		if (c < forms[n].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		*ret = c;
		return n + 1;
	}
	return 0;
}

size_t utf8_encode(uint32_t c, char ret[static UTF8_MAX])
{
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	unsigned int more = (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);

	ret[0] = (char)(lead[more] | c >> (6 * more));
	for (unsigned int i = 1; i <= more; i++)
		ret[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

bool utf8_is_plain(const char *text)
{
	size_t left = strlen(text);
	uint32_t c;

	for (size_t n; left > 0; text += n, left -= n) {
		n = utf8_decode(text, left, &c);
		if (n == 0 || utf8_is_control(c))
			return false;
	}
	return true;
}

bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

static char *escape(const char *text, bool with_tabs)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t n; *text; text += n) {
		uint32_t c;
		bool good = (n = utf8_decode(text, strnlen(text, UTF8_MAX), &c)) > 0 &&
			    (!utf8_is_control(c) || (with_tabs && c == '\t'));

		n = n ? n : 1;
		if (good)
			buf_add(&b, text, n);
		else
			for (size_t i = 0; i < n; i++)
				buf_addf(&b, "\\x%02x", (unsigned char)text[i]);
	}
	return buf_steal(&b);
}

char *escape_control(const char *text)
{
	return escape(text, false);
}

char *escape_line(const char *text)
{
	return escape(text, true);
}
