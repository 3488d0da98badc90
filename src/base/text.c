/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See utf8.h. */
#include "base/text.h"

#include <string.h>

#include "base/util.h"

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
