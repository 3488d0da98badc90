/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of accounts: passwd(5), group(5), subuid(5), as text.
 *
 * fgetpwent(3) is not used, because it accepts too much: a line '+' or '+name', which is meant for NIS, as a user with
 * id 0, lines with missing fields, empty names, and ids with a sign or blanks before them. For subuid(5) the C library
 * has no functions. */
#include "base/accounts.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

bool account_line_next(const char **text, struct account_line *ret)
{
	size_t len = strcspn(*text, "\n");

	if (!**text)
		return false;
	*ret = (struct account_line){ .text = xstrndup(*text, len) };
	*text += len + ((*text)[len] == '\n');
	for (char *p = ret->text; p && ret->n < ARRAY_SIZE(ret->field);)
		ret->field[ret->n++] = strsep(&p, ":");
	return true;
}

void account_line_done(struct account_line *line)
{
	free(line->text);
}

/* Names end up in our files and messages. NIS entries, which begin with a sign, are not names. */
static bool name_ok(const char *name)
{
	return *name && *name != '+' && *name != '-' && strlen(name) < 256 && !has_control(name) &&
	       !strpbrk(name, ":,/ ");
}

static void parse_user(struct accounts *a, const struct account_line *l)
{
	uint64_t uid, gid;

	if (l->n < 7 || !name_ok(l->field[0]) || parse_u64(l->field[2], UINT32_MAX - 1, &uid) < 0 ||
	    parse_u64(l->field[3], UINT32_MAX - 1, &gid) < 0)
		return;
	grow(a->users, a->n_users);
	a->users[a->n_users++] = (struct account_user){
		.name = xstrdup(l->field[0]),
		.gecos = xstrdup(has_control(l->field[4]) ? "" : l->field[4]),
		.home = xstrdup(has_control(l->field[5]) ? "/" : l->field[5]),
		.shell = xstrdup(has_control(l->field[6]) ? "" : l->field[6]),
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
	};
}

static void parse_group(struct accounts *a, const struct account_line *l)
{
	uint64_t gid;

	if (l->n < 4 || !name_ok(l->field[0]) || parse_u64(l->field[2], UINT32_MAX - 1, &gid) < 0)
		return;
	grow(a->groups, a->n_groups);
	a->groups[a->n_groups] = (struct account_group){ .name = xstrdup(l->field[0]), .gid = (gid_t)gid };
	strv_split(&a->groups[a->n_groups].members, l->field[3], ",");
	a->n_groups++;
}

void accounts_parse(const char *passwd, const char *group, struct accounts *ret)
{
	struct accounts a = { 0 };

	for (struct account_line l; account_line_next(&passwd, &l); account_line_done(&l))
		parse_user(&a, &l);
	for (struct account_line l; account_line_next(&group, &l); account_line_done(&l))
		parse_group(&a, &l);
	*ret = a;
}

void accounts_add(struct accounts *a, const char *passwd, const char *group)
{
	struct account_line l;

	for (; account_line_next(&passwd, &l); account_line_done(&l))
		if (!accounts_user_named(a, l.field[0]))
			parse_user(a, &l);
	for (; account_line_next(&group, &l); account_line_done(&l))
		if (!accounts_group_named(a, l.field[0]))
			parse_group(a, &l);
}

void accounts_done(struct accounts *a)
{
	for (size_t i = 0; i < a->n_users; i++) {
		free(a->users[i].name);
		free(a->users[i].gecos);
		free(a->users[i].home);
		free(a->users[i].shell);
		free(a->users[i].source);
	}
	for (size_t i = 0; i < a->n_groups; i++) {
		free(a->groups[i].name);
		free(a->groups[i].source);
		strv_done(&a->groups[i].members);
	}
	free(a->users);
	free(a->groups);
	*a = (struct accounts){ 0 };
}

struct account_user *accounts_user(const struct accounts *a, uid_t uid)
{
	for (size_t i = 0; i < a->n_users; i++)
		if (a->users[i].uid == uid)
			return &a->users[i];
	return NULL;
}

struct account_user *accounts_user_named(const struct accounts *a, const char *name)
{
	for (size_t i = 0; i < a->n_users; i++)
		if (strcmp(a->users[i].name, name) == 0)
			return &a->users[i];
	return NULL;
}

struct account_group *accounts_group(const struct accounts *a, gid_t gid)
{
	for (size_t i = 0; i < a->n_groups; i++)
		if (a->groups[i].gid == gid)
			return &a->groups[i];
	return NULL;
}

struct account_group *accounts_group_named(const struct accounts *a, const char *name)
{
	for (size_t i = 0; i < a->n_groups; i++)
		if (strcmp(a->groups[i].name, name) == 0)
			return &a->groups[i];
	return NULL;
}

int accounts_uid(const struct accounts *a, const char *name, uid_t *ret)
{
	const struct account_user *u = accounts_user_named(a, name);
	uint64_t id;

	if (!u && parse_u64(name, UINT32_MAX - 1, &id) < 0)
		return -ENOENT;
	*ret = u ? u->uid : (uid_t)id;
	return 0;
}

int accounts_gid(const struct accounts *a, const char *name, gid_t *ret)
{
	const struct account_group *g = accounts_group_named(a, name);
	uint64_t id;

	if (!g && parse_u64(name, UINT32_MAX - 1, &id) < 0)
		return -ENOENT;
	*ret = g ? g->gid : (gid_t)id;
	return 0;
}
