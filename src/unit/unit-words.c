/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a command line in a unit: quotes and escapes as in systemd.service(5), COMMAND LINES. */
#include "unit/unit-words.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

/* The value of exactly 'n' digits at 's', or -1 if they are not all there. */
static int64_t digits(const char *s, size_t n, unsigned int base)
{
	static const char all[] = "0123456789abcdefABCDEF";
	int64_t value = 0;

	for (size_t i = 0; i < n; i++) {
		const char *d = s[i] ? strchr(all, s[i]) : NULL;
		unsigned int digit = d ? (unsigned int)(d - all) : base;

		digit -= digit >= 16 ? 6 : 0;
		if (!d || digit >= base)
			return -1;
		value = value * base + digit;
	}
	return value;
}

/* Appends what the escape after a backslash stands for. Returns the length of the escape in bytes, or 0 if systemd does
 * not know it. */
static size_t unescape(const char *s, struct buf *b)
{
	static const char plain[][2] = { "a\a", "b\b", "f\f", "n\n", "r\r", "t\t", "v\v", "\\\\", "\"\"", "''", "s " };
	static const struct {
		char letter;
		size_t digits;
		uint32_t max; /* if above 255, a code point and not a byte */
	} hex[] = { { 'x', 2, 0xff }, { 'u', 4, 0xffff }, { 'U', 8, 0x10ffff } };
	char sequence[UTF8_MAX];
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		if (*s == plain[i][0]) {
			buf_add(b, &plain[i][1], 1);
			return 1;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(hex); i++) {
		if (*s != hex[i].letter)
			continue;
		value = digits(s + 1, hex[i].digits, 16);
		if (value <= 0 || value > hex[i].max)
			return 0;
		if (hex[i].max > 0xff)
			buf_add(b, sequence, utf8_encode((uint32_t)value, sequence));
		else
			buf_add(b, &(unsigned char){ (unsigned char)value }, 1);
		return 1 + hex[i].digits;
	}
	value = digits(s, 3, 8);
	if (value <= 0 || value > 0xff)
		return 0;
	buf_add(b, &(unsigned char){ (unsigned char)value }, 1);
	return 3;
}

char *unit_word_next(const char **text)
{
	_cleanup_(buf_done) struct buf b = { 0 };
	const char *s = *text;
	char quote = 0;

	for (; *s && (quote || !strchr(UNIT_WHITE, *s)); s++) {
		if (*s == '\\') {
			size_t n = unescape(s + 1, &b);

			if (n == 0)
				return NULL;
			s += n;
		} else if (quote ? *s == quote : (*s == '"' || *s == '\'')) {
			quote = quote ? 0 : *s;
		} else {
			buf_add(&b, s, 1);
		}
	}
	*text = s;
	return quote ? NULL : buf_steal(&b);
}

bool unit_word_skip_semicolon(const char **text)
{
	if ((*text)[0] != ';' || ((*text)[1] && !strchr(UNIT_WHITE, (*text)[1])))
		return false;
	(*text)++;
	return true;
}
