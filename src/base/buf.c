/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A buffer of text that grows. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

void buf_done(struct buf *b)
{
	free(b->text);
	*b = (struct buf){ 0 };
}

static void buf_reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 256;

	while (room - b->len <= more)
		room *= 2;
	if (room != b->room)
		b->text = xrealloc(b->text, room, 1);
	b->room = room;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->text + b->len, data, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		xcheck(NULL);
	buf_reserve(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->text + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *buf_steal(struct buf *b)
{
	char *text = b->text ? b->text : xstrdup("");

	*b = (struct buf){ 0 };
	return text;
}
