/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vectors that own their strings. */
#include "base/strv.h"

#include <string.h>

#include "base/buf.h"

void strv_clear(struct strv *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	s->n = 0;
	if (s->v)
		s->v[0] = NULL;
}

void strv_done(struct strv *s)
{
	strv_clear(s);
	free(s->v);
	*s = (struct strv){ 0 };
}

void strv_take(struct strv *s, char *item)
{
	grow(s->v, s->n + 1);
	if (s->n == 0)
		grow(s->v, 0);
	s->v[s->n++] = item;
	s->v[s->n] = NULL;
}

void strv_add(struct strv *s, const char *item)
{
	strv_take(s, xstrdup(item));
}

void strv_add_all(struct strv *s, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		strv_add(s, from->v[i]);
}

void strv_addn(struct strv *s, const char *item, size_t len)
{
	strv_take(s, xstrndup(item, len));
}

void strv_addf(struct strv *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(s, xvasprintf(fmt, ap));
	va_end(ap);
}

void strv_add_once(struct strv *s, const char *item)
{
	if (!strv_has(s, item))
		strv_add(s, item);
}

void strv_add_all_once(struct strv *s, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		strv_add_once(s, from->v[i]);
}

bool strv_has(const struct strv *s, const char *item)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], item) == 0)
			return true;
	return false;
}

void strv_drop_last(struct strv *s)
{
	if (s->n == 0)
		return;
	free(s->v[--s->n]);
	s->v[s->n] = NULL;
}

void strv_remove_at(struct strv *s, size_t i)
{
	free(s->v[i]);
	memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof(*s->v)); /* with the NULL at the end */
	s->n--;
}

bool strv_remove(struct strv *s, const char *item)
{
	size_t before = s->n;

	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->v[i], item) == 0)
			strv_remove_at(s, i);
	return s->n < before;
}

bool strv_equal(const struct strv *a, const struct strv *b)
{
	bool equal = a->n == b->n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = strcmp(a->v[i], b->v[i]) == 0;
	return equal;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort_unique(struct strv *s)
{
	size_t kept = 0;

	if (s->n == 0)
		return;
	qsort(s->v, s->n, sizeof(*s->v), compare_strings);
	for (size_t i = 0; i < s->n; i++) {
		if (kept > 0 && strcmp(s->v[kept - 1], s->v[i]) == 0)
			free(s->v[i]);
		else
			s->v[kept++] = s->v[i];
	}
	s->n = kept;
	s->v[kept] = NULL;
}

bool strv_find(const struct strv *s, const char *item)
{
	return s->n > 0 && bsearch(&item, s->v, s->n, sizeof(*s->v), compare_strings);
}

void strv_split(struct strv *s, const char *text, const char *separators)
{
	while (*(text += strspn(text, separators))) {
		size_t len = strcspn(text, separators);

		strv_addn(s, text, len);
		text += len;
	}
}

char *strv_join(const struct strv *s, const char *separator)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < s->n; i++)
		buf_addf(&b, "%s%s", i ? separator : "", s->v[i]);
	return buf_steal(&b);
}

char *strv_enumerate(const struct strv *s, const char *last)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		buf_addf(&b, "%s", s->v[i]);
		if (i + 2 < s->n)
			buf_addf(&b, ", ");
		else if (i + 1 < s->n)
			buf_addf(&b, " %s ", last);
	}
	return buf_steal(&b);
}
