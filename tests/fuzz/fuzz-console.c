/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's console, in pieces whose size is the first byte: the output is plain text, in lines of limited length,
 * and does not depend on the size of the pieces. */
#include "fuzz.h"

#include "base/buf.h"
#include "monitor/console.h"

static void say(void *data, const char *line, bool kept)
{
	CHECK(*line && strlen(line) < 4 * CONSOLE_LINE && fuzz_is_plain(line, "\t"));
	buf_addf(data, "%s%s\n", line, kept ? "" : " (dropped)");
}

static char *feed(const char *text, size_t size, size_t piece)
{
	struct buf said = { 0 };
	struct console console = { .say = say, .data = &said };

	for (size_t i = 0; i < size; i += piece)
		console_feed(&console, text + i, size - i < piece ? size - i : piece, 100);
	console_flush(&console);
	return buf_steal(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	_cleanup_(freep) char *whole = NULL, *pieces = NULL;

	if (size < 2)
		return 0;
	whole = feed(text, size - 1, size - 1);
	pieces = feed(text, size - 1, 1 + *data % 16);
	CHECK_SAME(whole, pieces);
	return 0;
}
