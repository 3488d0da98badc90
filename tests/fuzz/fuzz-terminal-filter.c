/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's output to the administrator's terminal, in pieces whose size is the first byte. */
#include "fuzz.h"

#include "running/terminal-filter.h"

static char *filter(const char *text, size_t size, size_t piece)
{
	char *out = xcalloc(TERMINAL_FILTER_ROOM(size) + 1, 1);
	struct terminal_filter f = { 0 };
	size_t len = 0;

	for (size_t i = 0; i < size; i += piece) {
		size_t n = size - i < piece ? size - i : piece;

		len += terminal_filter(&f, text + i, n, out + len);
	}
	len += terminal_filter_end(&f, out + len);
	CHECK(len >= size && len <= 4 * size);
	return out;
}

/* No code point that a reader who is not strict could make of it is a control character. */
static void check_sequences(const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		size_t n = *s < 0xc0 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3, i = 1;
		uint32_t c = *s & (0x7fu >> (n ? n + 1 : 0));

		for (; i <= n && (s[i] & 0xc0) == 0x80; i++)
			c = c << 6 | (s[i] & 0x3f);
		if (i > n)
			CHECK((c >= 0x20 || c == '\n' || c == '\t') && (c < 0x7f || c >= 0xa0));
		s += i - 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	_cleanup_(freep) char *whole = NULL, *pieces = NULL;

	if (size < 2)
		return 0;
	whole = filter(text, size - 1, size - 1);
	pieces = filter(text, size - 1, 1 + *data % 16);
	CHECK_SAME(whole, pieces);
	check_sequences(whole);
	if (memchr(text, '\0', size - 1) == NULL) {
		_cleanup_(freep) char *copy = xstrndup(text, size - 1);

		CHECK(!fuzz_is_plain(copy, "\n\t") || strcmp(copy, whole) == 0);
	}
	return 0;
}
