/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See users.h. */
#include "contents/users.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define SYSTEM_ID_MAX 999 /* login.defs(5): SYS_UID_MAX; people's own accounts come after it */

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

/* useradd(8): what may be in a name; all that gets into our files and messages. */
static bool name_ok(const char *name)
{
	return *name && strlen(name) < 256 && !has_control(name) && !strpbrk(name, ":,/ ");
}

static void parse_user(struct users *u, const struct account_line *l)
{
	uint64_t uid, gid;

	if (l->n < 7 || !name_ok(l->field[0]) || parse_u64(l->field[2], UINT32_MAX - 1, &uid) < 0 ||
	    parse_u64(l->field[3], UINT32_MAX - 1, &gid) < 0)
		return;
	grow(u->users, u->n_users);
	u->users[u->n_users++] = (struct user){
		.name = xstrdup(l->field[0]),
		.gecos = xstrdup(has_control(l->field[4]) ? "" : l->field[4]),
		.home = xstrdup(has_control(l->field[5]) ? "/" : l->field[5]),
		.shell = xstrdup(has_control(l->field[6]) ? "" : l->field[6]),
		.uid = (uid_t)uid,
		.gid = (gid_t)gid,
	};
	if (uid <= SYSTEM_ID_MAX)
		strv_add(&u->names, l->field[0]);
}

static void parse_group(struct users *u, const struct account_line *l)
{
	uint64_t gid;

	if (l->n < 4 || !name_ok(l->field[0]) || parse_u64(l->field[2], UINT32_MAX - 1, &gid) < 0)
		return;
	grow(u->groups, u->n_groups);
	u->groups[u->n_groups] = (struct group){ .name = xstrdup(l->field[0]), .gid = (gid_t)gid };
	strv_split(&u->groups[u->n_groups].members, l->field[3], ",");
	u->n_groups++;
	if (gid <= SYSTEM_ID_MAX)
		strv_add(&u->names, l->field[0]);
}

void users_parse(const char *passwd, const char *group, struct users *ret)
{
	struct users u = { 0 };

	for (struct account_line l; account_line_next(&passwd, &l); account_line_done(&l))
		parse_user(&u, &l);
	for (struct account_line l; account_line_next(&group, &l); account_line_done(&l))
		parse_group(&u, &l);
	strv_sort_unique(&u.names);
	*ret = u;
}

void users_done(struct users *users)
{
	for (size_t i = 0; i < users->n_users; i++) {
		free(users->users[i].name);
		free(users->users[i].gecos);
		free(users->users[i].home);
		free(users->users[i].shell);
	}
	for (size_t i = 0; i < users->n_groups; i++) {
		free(users->groups[i].name);
		strv_done(&users->groups[i].members);
	}
	free(users->users);
	free(users->groups);
	strv_done(&users->names);
	*users = (struct users){ 0 };
}

static struct user *find_user(const struct users *users, uid_t uid, const char *name)
{
	for (size_t i = 0; i < users->n_users; i++)
		if (name ? strcmp(users->users[i].name, name) == 0 : users->users[i].uid == uid)
			return &users->users[i];
	return NULL;
}

static struct group *find_group(const struct users *users, gid_t gid, const char *name)
{
	for (size_t i = 0; i < users->n_groups; i++)
		if (name ? strcmp(users->groups[i].name, name) == 0 : users->groups[i].gid == gid)
			return &users->groups[i];
	return NULL;
}

const struct user *users_by_uid(const struct users *users, uid_t uid)
{
	return find_user(users, uid, NULL);
}

const struct group *groups_by_gid(const struct users *users, gid_t gid)
{
	return find_group(users, gid, NULL);
}

int users_uid(const struct users *users, const char *name, uid_t *ret)
{
	const struct user *u = find_user(users, 0, name);
	uint64_t id;

	if (!u && parse_u64(name, UINT32_MAX - 1, &id) < 0)
		return -ENOENT;
	*ret = u ? u->uid : (uid_t)id;
	return 0;
}

int users_gid(const struct users *users, const char *name, gid_t *ret)
{
	const struct group *g = find_group(users, 0, name);
	uint64_t id;

	if (!g && parse_u64(name, UINT32_MAX - 1, &id) < 0)
		return -ENOENT;
	*ret = g ? g->gid : (gid_t)id;
	return 0;
}

void users_want_gid(struct users *users, gid_t gid)
{
	struct group *g = find_group(users, gid, NULL);

	if (g)
		g->wanted = true;
}

static void want_user(struct users *users, struct user *u)
{
	if (!u || u->wanted)
		return;
	u->wanted = true;
	users_want_gid(users, u->gid);
}

void users_want_uid(struct users *users, uid_t uid)
{
	want_user(users, find_user(users, uid, NULL));
}

char *users_take_uid(struct users *users, uid_t uid)
{
	const struct user *u = find_user(users, uid, NULL);

	users_want_uid(users, uid);
	return u ? xstrdup(u->name) : xasprintf("%u", uid);
}

char *users_take_gid(struct users *users, gid_t gid)
{
	const struct group *g = find_group(users, gid, NULL);

	users_want_gid(users, gid);
	return g ? xstrdup(g->name) : xasprintf("%u", gid);
}

void users_want_name(struct users *users, const char *name)
{
	struct group *g = find_group(users, 0, name);
	uid_t uid;

	if (users_uid(users, name, &uid) == 0)
		users_want_uid(users, uid);
	if (g)
		g->wanted = true;
}

static void want_words(struct users *users, const char *text, size_t size)
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
			if (strv_find(&users->names, name))
				users_want_name(users, name);
		}
		text += len;
	}
}

void users_want_words(struct users *users, const char *text)
{
	want_words(users, text, strlen(text));
}

static bool speaks_of_users(const char *line, size_t len)
{
	static const char *const words[] = { "user",  "USER", "User", "group", "GROUP",
					     "Group", "own",  "OWN",  "Own",   "grp" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (memmem(line, len, words[i], strlen(words[i])))
			return true;
	return false;
}

/* With the lines that continue it after a backslash. */
static size_t line_length(const char *text)
{
	size_t len = strcspn(text, "\n");

	while (len > 0 && text[len] && text[len - 1] == '\\')
		len += 1 + strcspn(text + len + 1, "\n");
	return len;
}

void users_want_mentioned(struct users *users, const char *text)
{
	while (*text) {
		size_t len = line_length(text), blank = strspn(text, " \t");

		if (!strchr("#;", text[blank]) && speaks_of_users(text, len))
			want_words(users, text, len);
		text += len + (text[len] == '\n');
	}
}

char *users_passwd(struct users *users)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < users->n_users; i++) {
		const struct user *u = &users->users[i];

		if (u->wanted)
			buf_addf(&b, "%s:x:%u:%u:%s:%s:%s\n", u->name, u->uid, u->gid, u->gecos, u->home, u->shell);
	}
	return buf_steal(&b);
}

char *users_shadow(struct users *users)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < users->n_users; i++)
		if (users->users[i].wanted)
			buf_addf(&b, "%s:*:::::::\n", users->users[i].name);
	return buf_steal(&b);
}

/* Members of the group that the container has, comma-separated. */
static char *wanted_members(const struct users *users, const struct group *g)
{
	_cleanup_(strv_done) struct strv members = { 0 };

	for (size_t i = 0; i < g->members.n; i++) {
		const struct user *u = find_user(users, 0, g->members.v[i]);

		if (u && u->wanted)
			strv_add(&members, u->name);
	}
	return strv_join(&members, ",");
}

static char *format_groups(struct users *users, bool shadow)
{
	_cleanup_(buf_done) struct buf b = { 0 };

	for (size_t i = 0; i < users->n_groups; i++) {
		const struct group *g = &users->groups[i];
		_cleanup_(freep) char *members = NULL;

		if (!g->wanted)
			continue;
		members = wanted_members(users, g);
		if (shadow)
			buf_addf(&b, "%s:*::%s\n", g->name, members);
		else
			buf_addf(&b, "%s:x:%u:%s\n", g->name, g->gid, members);
	}
	return buf_steal(&b);
}

char *users_group(struct users *users)
{
	return format_groups(users, false);
}

char *users_gshadow(struct users *users)
{
	return format_groups(users, true);
}
