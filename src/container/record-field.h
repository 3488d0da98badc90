/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of value that a record has: how each is read, checked and written. For record.c alone. */
#pragma once

#include "base/buf.h"
#include "container/record.h"

enum need {
	OPTIONAL,
	NEEDED, /* also while it is being made: what delete has to know */
	NEEDED_READY,
};

/* A row: where a key goes, what it may be, and the end of the sentence "KEY= must be ...". */
struct field {
	const char *section, *key;
	enum need need;
	const struct kind *kind;
	size_t offset; /* in struct record, or struct record_net */
	bool (*valid)(const char *text);
	const char *must;
};

struct kind {
	bool many; /* the key may be repeated */
	bool (*parse)(const struct field *field, const char *value, void *at);
	void (*print)(const struct field *field, const void *at, struct buf *text); /* nothing for what is not set */
};

extern const struct kind kind_text;   /* char *, "" where not set */
extern const struct kind kind_words;  /* struct strv, on one line */
extern const struct kind kind_items;  /* struct strv, a line each */
extern const struct kind kind_number; /* uint32_t, 0 where not set */
extern const struct kind kind_limit;  /* uint64_t, of limit.h, 0 where not set */
extern const struct kind kind_flag;   /* bool, false where not set */
extern const struct kind kind_state;
extern const struct kind kind_format; /* not part of struct record: what is in memory is always of ours */
