/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Absolute paths as text: their normal form, what usr-merge does to them, and where a link leads. Nothing here looks at
 * a file system. */
#include "base/path.h"

#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"
#include "base/text.h"

const char *const path_merged_dirs[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", NULL };

bool path_is_merged(const char *path)
{
	for (const char *const *dir = path_merged_dirs; *dir; dir++)
		if (path_within(path, *dir))
			return true;
	return false;
}

char *path_merge(const char *path)
{
	return path_is_merged(path) ? xasprintf("/usr%s", path) : xstrdup(path);
}

bool path_is_normal(const char *path)
{
	if (*path != '/' || !path[1] || strlen(path) >= PATH_MAX || has_control(path))
		return false;
	for (; *path; path += strcspn(path, "/")) {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n <= 2 && strncmp(path, "..", n) == 0))
			return false;
	}
	return true;
}

char *path_normalise(const char *path)
{
	_cleanup_(strv_done) struct strv parts = { 0 };
	_cleanup_(buf_done) struct buf b = { 0 };

	if (*path != '/' || has_control(path) || strlen(path) >= PATH_MAX)
		return NULL;
	strv_split(&parts, path, "/");
	for (size_t i = 0; i < parts.n; i++) {
		if (strcmp(parts.v[i], "..") == 0)
			return NULL;
		if (strcmp(parts.v[i], ".") != 0)
			buf_addf(&b, "/%s", parts.v[i]);
	}
	return b.len > 0 ? path_merge(b.text) : xstrdup("");
}

char *path_resolve(const char *path, const char *target)
{
	_cleanup_(strv_done) struct strv words = { 0 }, parts = { 0 };
	_cleanup_(freep) char *joined = NULL;

	if (*target != '/')
		strv_split(&words, path, "/");
	strv_drop_last(&words);
	strv_split(&words, target, "/");
	for (size_t i = 0; i < words.n; i++) {
		if (strcmp(words.v[i], "..") == 0)
			strv_drop_last(&parts);
		else if (strcmp(words.v[i], ".") != 0)
			strv_add(&parts, words.v[i]);
	}
	joined = strv_join(&parts, "/");
	return xasprintf("/%s", joined);
}

char *path_parent(const char *path)
{
	return xstrndup(path, (size_t)(strrchr(path, '/') - path));
}

bool path_within(const char *path, const char *dir)
{
	const char *rest = skip_prefix(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

bool path_within_any(const char *path, const struct strv *dirs)
{
	for (size_t i = 0; i < dirs->n; i++)
		if (path_within(path, dirs->v[i]))
			return true;
	return false;
}
