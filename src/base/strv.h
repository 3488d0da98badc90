/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vectors that own their strings. */
#pragma once

#include "base/util.h"

/* {0} is the empty vector; v is NULL-terminated once anything was added. */
struct strv {
	char **v;
	size_t n;
};
void strv_done(struct strv *s);

/* These functions append. strv_take() takes ownership of the item; the others copy it. */
void strv_take(struct strv *s, char *item);
void strv_add(struct strv *s, const char *item);
void strv_addn(struct strv *s, const char *item, size_t len);
void strv_addf(struct strv *s, const char *fmt, ...) _printf_(2, 3);
void strv_add_all(struct strv *s, const struct strv *from);
void strv_split(struct strv *s, const char *text, const char *separators); /* the non-empty words */
void strv_add_once(struct strv *s, const char *item);			   /* unless strv_has() it */
void strv_add_all_once(struct strv *s, const struct strv *from);

void strv_drop_last(struct strv *s); /* if there is any */
void strv_clear(struct strv *s);
void strv_remove_at(struct strv *s, size_t i);
bool strv_remove(struct strv *s, const char *item);    /* all that equal it; whether there was one */
bool strv_has(const struct strv *s, const char *item); /* compares with each */
bool strv_equal(const struct strv *a, const struct strv *b);

/* Sorts by bytes and drops duplicates. After that, and until something is added, strv_find(), a binary search, may be
 * used. */
void strv_sort_unique(struct strv *s);
bool strv_find(const struct strv *s, const char *item);

/* All strings, with 'separator' between them; "" if there are none. Caller frees. */
char *strv_join(const struct strv *s, const char *separator);

/* "a, b and c", where "and" is 'last'; "" for none. Caller frees. */
char *strv_enumerate(const struct strv *s, const char *last);
