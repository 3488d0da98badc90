/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the paths that a text names, as a human reader would: not in comments, and only up to what a shell would
 * expand. */
#include "contents/path-scan.h"

#include <string.h>

#include "base/path.h"

const char *const paths_own[] = { "/etc/", "/var/", NULL };
const char *const paths_local[] = { "/usr/local/", NULL };

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+@%~-/";

/* A path begins after a character that cannot be part of one, or after a variable that stands for the root, as in
 * '$DPKG_ROOT/etc/x'. */
static bool begins_at(const char *line, const char *p)
{
	const char *before = p;

	while (before > line && before[-1] != '/' && strchr(plain, before[-1]))
		before--;
	return before == p ? p == line || p[-1] != '/' : before > line && before[-1] == '$';
}

static void add_path(const char *p, size_t len, struct strv *ret)
{
	_cleanup_(freep) char *path = NULL, *normal = NULL;

	if (strchr("$*?[{`\\(<", p[len])) /* including the end of the text */
		while (len > 0 && p[len] && p[len - 1] != '/')
			len--;
	while (len > 0 && p[len - 1] == '/')
		len--;
	if (len > 1 && p[len - 1] == '.' && !strchr("/.", p[len - 2])) /* the end of a sentence */
		len--;
	path = xstrndup(p, len);
	/* '/var/x/./y' is how FTP servers and rsync divide a path; '//' is part of a URL. */
	normal = strstr(path, "//") ? NULL : path_normalise(path);
	if (normal && strchr(normal + !!*normal, '/'))
		strv_take(ret, steal_ptr(normal));
}

static void scan_line(const char *line, const char *end, const char *const *tops, struct strv *ret)
{
	const char *p = line;

	while ((p = memchr(p, '/', (size_t)(end - p)))) {
		bool ours = false;
		size_t len;

		for (size_t i = 0; tops[i]; i++)
			ours |= skip_prefix(p, tops[i]) != NULL;
		len = ours ? strspn(p, plain) : 1; /* in the rest of a path, no other path begins */
		if (ours && begins_at(line, p))
			add_path(p, len, ret);
		p += len;
	}
}

void path_scan(const char *text, const char *const *tops, struct strv *ret)
{
	while (*text) {
		const char *end = strchrnul(text, '\n'), *first = text + strspn(text, " \t");

		if (!strchr("#;", *first))
			scan_line(text, end, tops, ret);
		text = *end ? end + 1 : end;
	}
}
