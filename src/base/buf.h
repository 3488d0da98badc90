/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A buffer of text that grows. */
#pragma once

#include "base/util.h"

/* {0} is the empty buffer. Once anything was added, text is NUL-terminated; it may contain other NULs. */
struct buf {
	char *text;
	size_t len, room;
};
void buf_done(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
char *buf_steal(struct buf *b); /* the text, "" if nothing was added; caller frees */
