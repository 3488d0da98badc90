/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An index from text to numbers, sorted at the first search. Lengths are compared before bytes, which decides most
 * comparisons. */
#include "package/pkg-index.h"

#include <string.h>

void pkg_index_done(struct pkg_index *index)
{
	buf_done(&index->keys);
	free(index->rows);
	*index = (struct pkg_index){ 0 };
}

void pkg_index_add(struct pkg_index *index, const char *key, size_t len, uint32_t value)
{
	if (index->keys.len + len > UINT32_MAX)
		return;
	grow(index->rows, index->n);
	index->rows[index->n++] = (struct pkg_row){ (uint32_t)index->keys.len, (uint32_t)len, value };
	buf_add(&index->keys, key, len);
	index->sorted = false;
}

static int compare_key(const struct pkg_row *row, const char *keys, const char *key, size_t len)
{
	if (row->len != len)
		return row->len < len ? -1 : 1;
	return len ? memcmp(keys + row->key, key, len) : 0;
}

static int compare_rows(const void *a, const void *b, void *keys)
{
	const struct pkg_row *x = a, *y = b;
	int r = compare_key(x, keys, (const char *)keys + y->key, y->len);

	if (r != 0)
		return r;
	return x->value < y->value ? -1 : x->value > y->value;
}

/* The first row that is not less than 'key' or, with 'after', the first that is greater. */
static size_t bound(const struct pkg_index *index, const char *key, size_t len, bool after)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_key(&index->rows[middle], index->keys.text, key, len) < (after ? 1 : 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void pkg_index_sort(struct pkg_index *index)
{
	if (!index->sorted && index->n > 0)
		qsort_r(index->rows, index->n, sizeof(*index->rows), compare_rows, index->keys.text);
	index->sorted = true;
}

const struct pkg_row *pkg_index_find(struct pkg_index *index, const char *key, size_t len, size_t *ret_n)
{
	size_t first;

	pkg_index_sort(index);
	first = bound(index, key, len, false);
	*ret_n = bound(index, key, len, true) - first;
	return *ret_n > 0 ? index->rows + first : NULL;
}

void pkg_picks_done(struct pkg_picks *picks)
{
	free(picks->v);
	*picks = (struct pkg_picks){ 0 };
}

void pkg_picks_add(struct pkg_picks *picks, uint32_t value)
{
	grow(picks->v, picks->n);
	picks->v[picks->n++] = value;
}

void pkg_picks_add_all(struct pkg_picks *picks, const struct pkg_picks *more)
{
	for (size_t i = 0; i < more->n; i++)
		pkg_picks_add(picks, more->v[i]);
}

void pkg_picks_add_found(struct pkg_picks *picks, struct pkg_index *index, const char *key, size_t len)
{
	size_t n;
	const struct pkg_row *rows = pkg_index_find(index, key, len, &n);

	for (size_t i = 0; i < n; i++)
		pkg_picks_add(picks, rows[i].value);
}

bool pkg_picks_has(const struct pkg_picks *picks, uint32_t value)
{
	for (size_t i = 0; i < picks->n; i++)
		if (picks->v[i] == value)
			return true;
	return false;
}

static int compare_values(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void pkg_picks_sort_unique(struct pkg_picks *picks)
{
	size_t kept = 0;

	if (picks->n > 0)
		qsort(picks->v, picks->n, sizeof(*picks->v), compare_values);
	for (size_t i = 0; i < picks->n; i++)
		if (kept == 0 || picks->v[kept - 1] != picks->v[i])
			picks->v[kept++] = picks->v[i];
	picks->n = kept;
}
