/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that others wrote: what of it is UTF-8, what of it a terminal would obey, and how it is shown all the same.
 * UTF-8 is read strictly: overlong forms and surrogates are not UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4 /* bytes of a sequence */

/* Returns the length of the sequence at 's', where 'len' (> 0) bytes are left, and stores its code point; or returns
 * 0 if there is none. */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);

/* Stores the sequence of code point 'c', at most 0x10ffff, and returns its length in bytes. No NUL. */
size_t utf8_encode(uint32_t c, char ret[static UTF8_MAX]);

/* Whether a terminal might obey it: the control characters of ASCII and those of ISO 6429 (C1). */
bool utf8_is_control(uint32_t c);

/* Whether 'text' is all UTF-8 without such characters. */
bool utf8_is_plain(const char *text);

/* Whether 's' has a byte below 0x20, or 0x7f. */
bool has_control(const char *s);

/* 'text' with control characters, newlines among them, and bytes that are not UTF-8 as '\xNN': for whatever a container
 * could have written. Caller frees. */
char *escape_control(const char *text);
/* The same, but tabs stay. */
char *escape_line(const char *text);
