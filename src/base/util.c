/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vocabulary of every file: cleanup, allocation that aborts, growing arrays, strings, numbers. Nothing here
 * logs. */
#include "base/util.h"

#include <dirent.h>
#include <errno.h>
#include <mntent.h>
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

void closedirp(void *p)
{
	DIR *dir = *(DIR **)p;

	if (dir)
		closedir(dir);
}

void endmntentp(void *p)
{
	FILE *table = *(FILE **)p;

	if (table)
		endmntent(table);
}

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

size_t parallel_jobs(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? 2 * (size_t)n : 2;
}

void *xcheck(void *p)
{
	if (!p) {
		fputs("virt-sandbox-service: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return xcheck(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t n, size_t size)
{
	return xcheck(reallocarray(p, n ? n : 1, size));
}

char *xstrdup(const char *s)
{
	return xcheck(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return xcheck(strndup(s, n));
}

char *xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	return xcheck(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
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
	/* The array is full exactly when n is 0 or a power of two from 8 on. */
	if (n == 0)
		return xrealloc(p, 8, size);
	if (n >= 8 && (n & (n - 1)) == 0)
		return xrealloc(p, n * 2, size);
	return p;
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

bool parse_yes_no(const char *s, bool *ret)
{
	bool yes = strcmp(s, "yes") == 0;

	if (!yes && strcmp(s, "no") != 0)
		return false;
	*ret = yes;
	return true;
}
