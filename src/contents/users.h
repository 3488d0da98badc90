/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's users and groups as /etc/passwd and /etc/group name them, and the four files of a container made of those
 * that it needs: same names and ids, no password. PURE. */
#pragma once

#include <sys/types.h>

#include "base/strv.h"

/* One line of a colon-separated file (passwd(5), group(5), subuid(5)), split. */
struct account_line {
	char *text;
	char *field[8];
	size_t n;
};
bool account_line_next(const char **text, struct account_line *ret);
void account_line_done(struct account_line *line);

struct user {
	char *name, *gecos, *home, *shell;
	uid_t uid;
	gid_t gid;
	bool wanted;
};
struct group {
	char *name;
	gid_t gid;
	struct strv members;
	bool wanted;
};
struct users {
	struct user *users;
	size_t n_users;
	struct group *groups;
	size_t n_groups;
	struct strv names; /* of all of them, sorted */
};

/* From the texts of passwd and group; lines that make no sense are passed over. */
void users_parse(const char *passwd, const char *group, struct users *ret);
void users_done(struct users *users);

const struct user *users_by_uid(const struct users *users, uid_t uid);
const struct group *groups_by_gid(const struct users *users, gid_t gid);

/* Id of a name, or of a number in digits: 0 or -ENOENT. */
int users_uid(const struct users *users, const char *name, uid_t *ret);
int users_gid(const struct users *users, const char *name, gid_t *ret);

/* Marks what the container gets. Unknown names and ids are no error: a DynamicUser, a number without a name. */
void users_want_uid(struct users *users, uid_t uid);
void users_want_gid(struct users *users, gid_t gid);
void users_want_name(struct users *users, const char *name); /* a user, a group, or both */

/* The same, and what it is called: its name, or the number where it has none. Caller frees. */
char *users_take_uid(struct users *users, uid_t uid);
char *users_take_gid(struct users *users, gid_t gid);

/* Every word that is a system user's or group's name: of the whole text (sysusers.d(5)), or of the lines of scripts and
 * configuration that speak of users, groups or owners and are no comments ('mail' and 'games' are English too). */
void users_want_words(struct users *users, const char *text);
void users_want_mentioned(struct users *users, const char *text);

/* The container's files, in the order of the host's. Callers free. */
char *users_passwd(struct users *users);
char *users_group(struct users *users);
char *users_shadow(struct users *users);
char *users_gshadow(struct users *users);
