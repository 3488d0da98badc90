/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Merges passwd(5), group(5), shadow(5) and gshadow(5). A line of the container's that cannot be understood stays as it
 * is: root in the container wrote it. */
#include "upgrade/merge-accounts.h"

#include <string.h>

#include "base/accounts.h"
#include "base/buf.h"

static const struct accounts_file files[] = {
	{ "/etc/passwd", true, -1, NULL, "user" },
	{ "/etc/group", true, 3, NULL, "group" },
	{ "/etc/shadow", false, -1, "/etc/passwd", "user" },
	{ "/etc/gshadow", false, 3, "/etc/group", "group" },
};

const struct accounts_file *accounts_file(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (strcmp(files[i].path, path) == 0)
			return &files[i];
	return NULL;
}

/* Whether field 'i' of the line, which has 'len' bytes, is 'value'. */
static bool field_is(const char *line, size_t len, size_t i, const char *value, size_t value_len)
{
	const char *end = line + len, *colon;

	for (; i > 0; i--, line = colon + 1) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!colon)
			return false;
	}
	return (size_t)(end - line) >= value_len && memcmp(line, value, value_len) == 0 &&
	       (line + value_len == end || line[value_len] == ':');
}

/* The line whose field 'i' is 'value', or NULL. Its length is stored. Copies nothing, because a container's file may
 * have a million lines, which are searched for each account of the host. */
static const char *find_line(const char *text, size_t i, const char *value, size_t *ret_len)
{
	size_t value_len = strlen(value), len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = (size_t)(strchrnul(text, '\n') - text);
		if (!field_is(text, len, i, value, value_len))
			continue;
		*ret_len = len;
		return text;
	}
	return NULL;
}

/* The words of a list field of the account, none if there is no such account. */
static void list_of(const char *text, const char *name, size_t field, struct strv *ret)
{
	size_t len;
	const char *found = find_line(text, 0, name, &len);
	struct account_line l;

	if (!found || !account_line_next(&found, &l))
		return;
	if (l.n > field)
		strv_split(ret, l.field[field], ",");
	account_line_done(&l);
}

/* The members that the host's packages have added. */
static void find_new_members(const struct accounts_file *file, const char *name, const char *given, const char *host,
			     const char *container, struct strv *ret)
{
	_cleanup_(strv_done) struct strv before = { 0 }, now = { 0 }, own = { 0 };
	size_t field = (size_t)file->shared_field;

	list_of(given, name, field, &before);
	list_of(host, name, field, &now);
	list_of(container, name, field, &own);
	for (size_t i = 0; i < now.n; i++)
		if (!strv_has(&before, now.v[i]) && !strv_has(&own, now.v[i]))
			strv_add(ret, now.v[i]);
}

/* Adds a line of the container's, with new members at its end, where the list of members is. */
static void add_own(const struct accounts_file *file, const char *line, size_t len, const char *given, const char *host,
		    const char *container, struct buf *b, struct strv *added)
{
	_cleanup_(strv_done) struct strv members = { 0 };
	_cleanup_(freep) char *list = NULL;
	const char *text = line;
	struct account_line l;

	buf_add(b, line, len);
	account_line_next(&text, &l);
	if (file->shared_field >= 0 && l.n == (size_t)file->shared_field + 1) {
		size_t length;

		if (find_line(host, 0, l.field[0], &length))
			find_new_members(file, l.field[0], given, host, container, &members);
		list = strv_join(&members, ",");
		if (members.n > 0) {
			buf_addf(b, "%s%s", *l.field[file->shared_field] ? "," : "", list);
			strv_addf(added, "%s in group '%s'", list, l.field[0]);
		}
	}
	account_line_done(&l);
	buf_add(b, "\n", 1);
}

/* Adds a line of the host's, if the container may have the account. */
static void add_new(const struct accounts_file *file, const char *line, const char *given, const char *container,
		    const char *of, struct buf *b, struct strv *added, struct strv *refused)
{
	const char *text = line, *taken;
	struct account_line l;
	size_t len;

	account_line_next(&text, &l);
	if (l.n > 2 && *l.field[0] && !find_line(container, 0, l.field[0], &len) &&
	    !find_line(given, 0, l.field[0], &len) && (!of || find_line(of, 0, l.field[0], &len))) {
		taken = file->numbered ? find_line(container, 2, l.field[2], &len) : NULL;
		if (taken) {
			strv_addf(refused, "The host's %s '%s' has number %s, which '%.*s' has in the container.",
				  file->what, l.field[0], l.field[2], (int)strcspn(taken, ":"), taken);
		} else {
			buf_add(b, line, strcspn(line, "\n"));
			buf_add(b, "\n", 1);
			strv_addf(added, "%s '%s'", file->what, l.field[0]);
		}
	}
	account_line_done(&l);
}

char *merge_accounts(const struct accounts_file *file, const char *given, const char *host, const char *container,
		     const char *of, struct strv *added, struct strv *refused)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	given = given ? given : "";
	for (const char *line = container; *line;) {
		size_t len = strcspn(line, "\n");

		add_own(file, line, len, given, host, container, &b, added);
		line += len + (line[len] == '\n');
	}
	for (const char *line = host; *line;) {
		size_t len = strcspn(line, "\n");

		add_new(file, line, given, container, of, &b, added, refused);
		line += len + (line[len] == '\n');
	}
	return buf_steal(&b);
}
