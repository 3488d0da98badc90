/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the host's users and groups a container gets, and its four files of accounts, which the C library writes. */
#include "contents/users.h"

#include <grp.h>
#include <gshadow.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <limits.h>
#include <string.h>

#define SYSTEM_ID_MAX 999 /* SYS_UID_MAX of login.defs(5); accounts of people have higher ids */

void users_index(struct users *users)
{
	const struct accounts *all = &users->all;

	for (size_t i = 0; i < all->n_users; i++)
		if (all->users[i].uid <= SYSTEM_ID_MAX || all->users[i].source)
			strv_add(&users->names, all->users[i].name);
	for (size_t i = 0; i < all->n_groups; i++)
		if (all->groups[i].gid <= SYSTEM_ID_MAX || all->groups[i].source)
			strv_add(&users->names, all->groups[i].name);
	strv_sort_unique(&users->names);
}

void users_done(struct users *users)
{
	accounts_done(&users->all);
	strv_done(&users->names);
}

/* NULL means no group. */
static void want_group(struct account_group *g)
{
	if (g)
		g->wanted = true;
}

static void want_user(struct users *users, struct account_user *u)
{
	if (!u || u->wanted)
		return;
	u->wanted = true;
	want_group(accounts_group(&users->all, u->gid));
	for (size_t i = 0; u->source && i < users->all.n_groups; i++)
		if (strv_has(&users->all.groups[i].members, u->name))
			want_group(&users->all.groups[i]);
}

void users_want_uid(struct users *users, uid_t uid)
{
	want_user(users, accounts_user(&users->all, uid));
}

void users_want_gid(struct users *users, gid_t gid)
{
	want_group(accounts_group(&users->all, gid));
}

char *users_take_uid(struct users *users, uid_t uid)
{
	struct account_user *u = accounts_user(&users->all, uid);

	want_user(users, u);
	return u ? xstrdup(u->name) : xasprintf("%u", uid);
}

char *users_take_gid(struct users *users, gid_t gid)
{
	struct account_group *g = accounts_group(&users->all, gid);

	want_group(g);
	return g ? xstrdup(g->name) : xasprintf("%u", gid);
}

void users_want_name(struct users *users, const char *name)
{
	uid_t uid;

	if (accounts_uid(&users->all, name, &uid) == 0)
		users_want_uid(users, uid);
	want_group(accounts_group_named(&users->all, name));
}

typedef void word_fn(void *arg, const char *word);

/* Calls 'found' with each word of the text that may be the name of an account. */
static void each_word(const char *text, size_t size, word_fn *found, void *arg)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	const char *end = text + size;

	while (text < end) {
		char name[40];
		size_t len;

		text += strcspn(text, word);
		len = strspn(text, word);
		if (text < end && len < sizeof(name)) {
			memcpy(name, text, len);
			name[len] = '\0';
			found(arg, name);
		}
		text += len;
	}
}

static void want_word(void *arg, const char *word)
{
	struct users *users = arg;

	if (strv_find(&users->names, word))
		users_want_name(users, word);
}

void users_want_words(struct users *users, const char *text)
{
	each_word(text, strlen(text), want_word, users);
}

static bool speaks_of_users(const char *line, size_t len)
{
	static const char *const words[] = { "user",  "USER", "User", "group", "GROUP",
					     "Group", "own",  "OWN",  "Own",   "grp" };
	static const bool begins[UCHAR_MAX + 1] = {
		['u'] = true, ['U'] = true, ['g'] = true, ['G'] = true, ['o'] = true, ['O'] = true
	};

	for (; len > 0; line++, len--)
		for (size_t i = 0; begins[(unsigned char)*line] && i < ARRAY_SIZE(words); i++)
			if (len >= strlen(words[i]) && memcmp(line, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

/* The length of the first line, together with lines that continue it after a backslash. */
static size_t line_length(const char *text)
{
	size_t len = strcspn(text, "\n");

	while (len > 0 && text[len] && text[len - 1] == '\\')
		len += 1 + strcspn(text + len + 1, "\n");
	return len;
}

/* The same, of lines about accounts. */
static void each_mentioned(const char *text, word_fn *found, void *arg)
{
	while (*text) {
		size_t len = line_length(text), blank = strspn(text, " \t");

		if (!strchr("#;", text[blank]) && speaks_of_users(text, len))
			each_word(text, len, found, arg);
		text += len + (text[len] == '\n');
	}
}

void users_want_mentioned(struct users *users, const char *text)
{
	each_mentioned(text, want_word, users);
}

struct search {
	const char *name;
	bool found;
};

static void compare_word(void *arg, const char *word)
{
	struct search *search = arg;

	search->found |= strcmp(word, search->name) == 0;
}

bool users_are_mentioned(const char *text, const char *name)
{
	struct search search = { name, false };

	each_mentioned(text, compare_word, &search);
	return search.found;
}

/* The text that 'write' writes. Caller frees. */
static char *written(const struct users *users, void (*write)(const struct users *users, FILE *file))
{
	char *text = NULL;
	size_t size;
	FILE *file = xcheck(open_memstream(&text, &size));

	write(users, file);
	fclose(file);
	return xcheck(text);
}

static void write_passwd(const struct users *users, FILE *file)
{
	for (size_t i = 0; i < users->all.n_users; i++) {
		const struct account_user *u = &users->all.users[i];
		struct passwd p = { u->name, (char *)"x", u->uid, u->gid, u->gecos, u->home, u->shell };

		if (u->wanted)
			putpwent(&p, file);
	}
}

static void write_shadow(const struct users *users, FILE *file)
{
	for (size_t i = 0; i < users->all.n_users; i++) {
		struct spwd s = { users->all.users[i].name, (char *)"*", -1, -1, -1, -1, -1, -1, ~0UL };

		if (users->all.users[i].wanted)
			putspent(&s, file);
	}
}

/* Those members of the group that the container has. */
static void wanted_members(const struct users *users, const struct account_group *g, struct strv *ret)
{
	for (size_t i = 0; i < g->members.n; i++) {
		const struct account_user *u = accounts_user_named(&users->all, g->members.v[i]);

		if (u && u->wanted)
			strv_add(ret, u->name);
	}
}

/* Writes the lines of group or, with 'shadow', of gshadow. */
static void write_groups(const struct users *users, FILE *file, bool shadow)
{
	for (size_t i = 0; i < users->all.n_groups; i++) {
		const struct account_group *g = &users->all.groups[i];
		_cleanup_(strv_done) struct strv members = { 0 };
		char *none[] = { NULL };

		if (!g->wanted)
			continue;
		wanted_members(users, g, &members);
		if (shadow)
			putsgent(&(struct sgrp){ g->name, (char *)"*", none, members.n ? members.v : none }, file);
		else
			putgrent(&(struct group){ g->name, (char *)"x", g->gid, members.n ? members.v : none }, file);
	}
}

static void write_group(const struct users *users, FILE *file)
{
	write_groups(users, file, false);
}

static void write_gshadow(const struct users *users, FILE *file)
{
	write_groups(users, file, true);
}

char *users_passwd(const struct users *users)
{
	return written(users, write_passwd);
}

char *users_group(const struct users *users)
{
	return written(users, write_group);
}

char *users_shadow(const struct users *users)
{
	return written(users, write_shadow);
}

char *users_gshadow(const struct users *users)
{
	return written(users, write_gshadow);
}
