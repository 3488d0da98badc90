/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads texts of SECRET_TEXT_MAX bytes, each of which begins with the end of the one before. */
#include "contents/secret-reader.h"

#include <string.h>

int secret_reader_next(struct secret_reader *reader, struct secret_text *ret)
{
	size_t kept = reader->begun ? SECRET_OVERLAP : 0;
	bool first = !reader->begun;

	if (reader->ended)
		return 0;
	if (first)
		reader->data = xrealloc(NULL, SECRET_TEXT_MAX + 1, 1);
	else
		memmove(reader->data, reader->data + reader->len - kept, kept);
	reader->begun = true;
	reader->len = kept;
	while (reader->len < SECRET_TEXT_MAX && !reader->ended) {
		size_t room = SECRET_TEXT_MAX - reader->len;
		ssize_t n = reader->read(reader->from, reader->data + reader->len, room);

		if (n < 0)
			return (int)n;
		reader->len += (size_t)n;
		reader->ended = n == 0 || (reader->until_short && (size_t)n < room);
	}
	if (!first && reader->len == kept)
		return 0;
	reader->data[reader->len] = '\0';
	*ret = (struct secret_text){ reader->data, reader->len, first, first && reader->ended, reader->closed };
	return 1;
}

void secret_reader_done(struct secret_reader *reader)
{
	free(reader->data);
	reader->data = NULL;
}
