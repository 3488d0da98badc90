/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vocabulary of every file: cleanup attributes, allocation that cannot fail, growing arrays, strings, numbers. */
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

/* For _cleanup_. freep() frees any pointer, and closep() closes a descriptor that may be -1; both keep errno.
 * closedirp() takes a DIR *, and endmntentp() the FILE * of setmntent(3); either may be NULL. */
void freep(void *p);
void closep(int *fd);
void closedirp(void *p);
void endmntentp(void *p);

/* Writes all 'len' bytes or fails. 0 or -errno. */
int write_all(int fd, const void *data, size_t len);

/* How many jobs at once keep the processors busy if half the time of each is spent waiting: twice as many as there are
 * processors, and at least 2. */
size_t parallel_jobs(void);

/* Allocation aborts when memory runs out. That is safe: making a plan changes nothing, and undo allocates nothing. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) _printf_(1, 2);
char *xvasprintf(const char *fmt, va_list ap) _printf_(1, 0);
/* Returns 'p', or aborts if it is NULL. For functions of the C library that allocate. */
void *xcheck(void *p);

/* Grows array 'p', of which 'n' elements are used, so that one more fits, in amortised constant time. Returns the new
 * array. */
#define grow(p, n) ((p) = grow_array((p), (n), sizeof(*(p))))
void *grow_array(void *p, size_t n, size_t size);

const char *skip_prefix(const char *s, const char *prefix); /* the rest after prefix, or NULL */
bool has_suffix(const char *s, const char *suffix);

/* Parses the whole string as an unsigned decimal number within [0, max]. 0, -EINVAL or -ERANGE. */
int parse_u64(const char *s, uint64_t max, uint64_t *ret);

/* Whether the string is "yes" or "no"; if so, stores whether it is "yes". */
bool parse_yes_no(const char *s, bool *ret);
