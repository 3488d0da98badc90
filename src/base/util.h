/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vocabulary every file uses: cleanup attributes, allocation that cannot fail, string vectors. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define steal_ptr(p)                                                                                                   \
	({                                                                                                             \
		__typeof__(p) *place_ = &(p);                                                                          \
		__typeof__(p) stolen_ = *place_;                                                                       \
		*place_ = NULL;                                                                                        \
		stolen_;                                                                                               \
	})
int steal_fd(int *fd);

/* For _cleanup_: freep() on any pointer, closep() on a descriptor that may be -1. Both keep errno. */
void freep(void *p);
void closep(int *fd);

/* Allocation aborts when memory is out: a plan under construction has changed nothing, and undo allocates nothing. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) _printf_(1, 2);

/* Grows array 'p' with 'n' used elements so that one more fits; amortised, returns the new place. */
#define grow(p, n) ((p) = grow_array((p), (n), sizeof(*(p))))
void *grow_array(void *p, size_t n, size_t size);

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

/* Growing text buffer; text is always NUL-terminated once anything was added. */
struct buf {
	char *text;
	size_t len, room;
};
void buf_done(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_addf(struct buf *b, const char *fmt, ...) _printf_(2, 3);
char *buf_steal(struct buf *b); /* the text, "" if nothing was added; caller frees */

const char *skip_prefix(const char *s, const char *prefix); /* the rest after prefix, or NULL */
bool has_suffix(const char *s, const char *suffix);
bool path_within(const char *path, const char *dir); /* it, or below it; both in their one form */
bool has_control(const char *s);		     /* any byte below 0x20, or 0x7f */

/* Whole string as an unsigned decimal within [0, max]: 0, or -EINVAL, or -ERANGE. */
int parse_u64(const char *s, uint64_t max, uint64_t *ret);
