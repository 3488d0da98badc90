/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See plain.h. */
#include "running/terminal-filter.h"

static int sequence(unsigned char first)
{
	return first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
}

/* Whether 'c' may come second, after 'first': else the two begin a control character (U+0080 to U+009F, which some
 * terminals obey), the long form of a short one, a surrogate, or what is above U+10FFFF. */
static bool follows(unsigned char first, unsigned char c)
{
	static const struct {
		unsigned char first, least, most;
	} bounds[] = { { 0xc2, 0xa0, 0xbf },
		       { 0xe0, 0xa0, 0xbf },
		       { 0xed, 0x80, 0x9f },
		       { 0xf0, 0x90, 0xbf },
		       { 0xf4, 0x80, 0x8f } };

	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
		if (bounds[i].first == first)
			return c >= bounds[i].least && c <= bounds[i].most;
	return true;
}

static bool fits(struct plain *p, unsigned char c)
{
	bool inside = p->left > 0 && (c & 0xc0) == 0x80 && follows(p->last, c);

	p->left = inside ? p->left - 1 : sequence(c);
	p->last = c;
	if (c < 0x80)
		return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
	return inside || p->left > 0;
}

size_t plain_filter(struct plain *p, const char *in, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)in[i];

		if (fits(p, c)) {
			out[len++] = in[i];
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 0xf];
	}
	return len;
}
