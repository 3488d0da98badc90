/* See plain.h. */
#include "plain.h"

static int sequence(unsigned char first)
{
	return first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
}

static bool fits(struct plain *p, unsigned char c)
{
	bool inside = p->left > 0 && (c & 0xc0) == 0x80;
	/* U+0080 to U+009F are control characters too, and some terminals obey them. */
	bool control = p->last == 0xc2 && c < 0xa0;

	p->left = inside ? p->left - 1 : sequence(c);
	p->last = c;
	if (c < 0x80)
		return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
	return inside ? !control : p->left > 0;
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
