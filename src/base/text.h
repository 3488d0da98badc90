/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text from untrusted sources: whether it is UTF-8, whether a terminal would act on it, and how to print it safely.
 * UTF-8 is read strictly: overlong forms and surrogates are not UTF-8. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4 /* bytes of a sequence */

/* Returns the length of the UTF-8 sequence at 's', where 'len' (> 0) bytes are left, and stores its code point. Returns
 * 0 if it is not a valid sequence. */
size_t utf8_decode(const char *s, size_t len, uint32_t *ret);

/* Stores the sequence of code point 'c', at most 0x10ffff, and returns its length in bytes. No NUL. */
size_t utf8_encode(uint32_t c, char ret[static UTF8_MAX]);

/* Whether a terminal might act on it: the control characters of ASCII and those of ISO 6429 (C1). */
bool utf8_is_control(uint32_t c);

/* Whether 'text' is all UTF-8 without such characters. */
bool utf8_is_plain(const char *text);

/* Whether 's' has a byte below 0x20, or 0x7f. */
bool has_control(const char *s);

/* 'text' with control characters, newlines included, and bytes that are not UTF-8 replaced by '\xNN'. To be used for
 * everything that a container could have written. Caller frees. */
char *escape_control(const char *text);
/* The same, but keeps tabs. */
char *escape_line(const char *text);
