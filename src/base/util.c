/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See util.h. Nothing in here logs, and nothing has side effects outside its arguments. */
#include "base/util.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int steal_fd(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}

void freep(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

void closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static void *must(void *p)
{
	if (!p) {
		fputs("virt-sandbox-service: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
	return must(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return must(strndup(s, n));
}

static char *_printf_(1, 0) xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	return must(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void *grow_array(void *p, size_t n, size_t size)
{
	/* Full exactly when n is 0 or a power of two from 8 on. */
	if (n == 0)
		return xrealloc(p, 8, size);
	if (n >= 8 && (n & (n - 1)) == 0)
		return xrealloc(p, n * 2, size);
	return p;
}

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

void buf_done(struct buf *b)
{
	free(b->text);
	*b = (struct buf){ 0 };
}

static void buf_reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 256;

	while (room - b->len <= more)
		room *= 2;
	if (room != b->room)
		b->text = xrealloc(b->text, room, 1);
	b->room = room;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->text + b->len, data, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		must(NULL);
	buf_reserve(b, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(b->text + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *buf_steal(struct buf *b)
{
	char *text = b->text ? b->text : xstrdup("");

	*b = (struct buf){ 0 };
	return text;
}

const char *skip_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool path_within(const char *path, const char *dir)
{
	const char *rest = skip_prefix(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

int parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return -ERANGE;
	}
	if (v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}
