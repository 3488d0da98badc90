/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An index from keys to the numbers of packages, which is filled and then searched, and sets of such numbers. It is a
 * sorted array, which no hostile text can make slow. */
#pragma once

#include "base/buf.h"

struct pkg_row {
	uint32_t key, len; /* the key's place in 'keys', and its length */
	uint32_t value;
};

struct pkg_index {
	struct buf keys;
	struct pkg_row *rows;
	size_t n;
	bool sorted;
};
void pkg_index_done(struct pkg_index *index);

/* Adds a row, and copies the key. Keys beyond a total of 4 GiB are dropped, which no real database reaches. */
void pkg_index_add(struct pkg_index *index, const char *key, size_t len, uint32_t value);

/* Puts the rows in order, if they are not. Searches do so, too. */
void pkg_index_sort(struct pkg_index *index);

/* The rows of 'key' in the order of their values, and their number in *ret_n; NULL if there are none. */
const struct pkg_row *pkg_index_find(struct pkg_index *index, const char *key, size_t len, size_t *ret_n);

struct pkg_picks {
	uint32_t *v;
	size_t n;
};
void pkg_picks_done(struct pkg_picks *picks);
void pkg_picks_add(struct pkg_picks *picks, uint32_t value);
void pkg_picks_add_all(struct pkg_picks *picks, const struct pkg_picks *more);
void pkg_picks_add_found(struct pkg_picks *picks, struct pkg_index *index, const char *key, size_t len);
bool pkg_picks_has(const struct pkg_picks *picks, uint32_t value);
void pkg_picks_sort_unique(struct pkg_picks *picks);
