/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A filter between a container's output and the administrator's terminal. Text comes in pieces that may end within a
 * UTF-8 sequence; the result does not depend on where they end. */
#include "running/terminal-filter.h"

#include <string.h>

#include "base/util.h"

/* Whether more bytes could complete a character: what is held is a first byte, followed only by continuation bytes. */
static bool is_begun(const struct terminal_filter *f)
{
	for (size_t i = 1; i < f->n; i++)
		if (((unsigned char)f->held[i] & 0xc0) != 0x80)
			return false;
	return f->n < UTF8_MAX && ((unsigned char)f->held[0] & 0xc0) == 0xc0;
}

static size_t add(char *out, const char *bytes, size_t n, bool escaped)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (!escaped) {
			out[len++] = bytes[i];
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 0xf];
	}
	return len;
}

/* Writes the complete characters or, with 'all', everything. */
static size_t drain(struct terminal_filter *f, bool all, char *out)
{
	size_t len = 0;

	while (f->n > 0) {
		uint32_t c = 0;
		size_t n = utf8_decode(f->held, f->n, &c);

		if (n == 0 && !all && is_begun(f))
			break;
		len += add(out + len, f->held, n ? n : 1, n == 0 || (utf8_is_control(c) && c != '\n' && c != '\t'));
		n = n ? n : 1;
		f->n -= n;
		memmove(f->held, f->held + n, f->n);
	}
	return len;
}

size_t terminal_filter(struct terminal_filter *f, const char *in, size_t n, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		f->held[f->n++] = in[i];
		len += drain(f, false, out + len);
	}
	return len;
}

size_t terminal_filter_end(struct terminal_filter *f, char *out)
{
	return drain(f, true, out);
}
