/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See survey-entry.h. */
#include "contents/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

struct entry *entries_find(struct entry *v, size_t n, const char *path)
{
	struct entry key = { .path = (char *)path };

	return n ? bsearch(&key, v, n, sizeof(*v), compare_entries) : NULL;
}

void entry_done(struct entry *e)
{
	free(e->path);
	free(e->target);
	free(e->tls_options);
	free(e->certificate);
}

struct entry *entries_add(struct survey *s, char *path)
{
	grow(s->v, s->n);
	s->v[s->n] = (struct entry){ .path = path };
	return &s->v[s->n++];
}

/* Sorts and makes one entry of those with the same path. */
void entries_merge(struct survey *s)
{
	size_t kept = 0;

	qsort(s->v, s->n, sizeof(*s->v), compare_entries);
	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->v[i], *last = kept ? &s->v[kept - 1] : NULL;

		if (!last || strcmp(last->path, e->path) != 0) {
			s->v[kept++] = *e;
			continue;
		}
		if (!last->package || (e->of_root && !last->of_root))
			last->package = e->package ? e->package : last->package;
		last->of_root |= e->of_root;
		last->config |= e->config;
		last->unit_own |= e->unit_own;
		entry_done(e);
	}
	s->n = kept;
}

static int read_target(int dir, const char *name, struct entry *e)
{
	char target[4096];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0 || (size_t)n == sizeof(target))
		return n < 0 ? -errno : -ENAMETOOLONG;
	e->target = xstrndup(target, (size_t)n);
	return 0;
}

/* Fills in what the disk says of 'name' in 'dir'; what went away meanwhile does not exist. */
int entry_stat(int dir, const char *name, struct entry *e)
{
	if (fstatat(dir, name, &e->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	e->exists = true;
	return S_ISLNK(e->st.st_mode) ? read_target(dir, name, e) : 0;
}
