/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vectors of strings that belong to the vector. */
#pragma once

#include "base/util.h"

/* A vector of owned strings. v is NULL-terminated once anything was added; {0} is the empty vector. */
struct strv {
	char **v;
	size_t n;
};
void strv_done(struct strv *s);
void strv_take(struct strv *s, char *item); /* takes ownership of item */
void strv_add(struct strv *s, const char *item);
void strv_addn(struct strv *s, const char *item, size_t len);
void strv_addf(struct strv *s, const char *fmt, ...) _printf_(2, 3);
void strv_add_once(struct strv *s, const char *item);
void strv_drop_last(struct strv *s); /* nothing when it is empty */
void strv_clear(struct strv *s);
bool strv_has(const struct strv *s, const char *item);
void strv_sort_unique(struct strv *s);					   /* after it, strv_find() may be used */
bool strv_find(const struct strv *s, const char *item);			   /* binary search in a sorted vector */
void strv_split(struct strv *s, const char *text, const char *separators); /* appends the non-empty words */
char *strv_join(const struct strv *s, const char *separator);		   /* new string, "" for none */
