/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the host's users and groups a container gets, and its four account files: the same names and ids, but no
 * passwords. Pure. */
#pragma once

#include "base/accounts.h"

struct users {
	struct accounts all; /* the host's; those that the container gets are marked */
	struct strv names;   /* names of system accounts, sorted, for the search in texts */
};

/* To be called once, when 'all' is complete; fills 'names'. */
void users_index(struct users *users);
void users_done(struct users *users);

/* These mark what the container gets; a user is marked with its group, and one that the host does not have yet with all
 * groups that sysusers.d(5) puts it into. Unknown names and ids are not errors: they may
 * come from DynamicUser=, or be numbers without a name. */
void users_want_uid(struct users *users, uid_t uid);
void users_want_gid(struct users *users, gid_t gid);
void users_want_name(struct users *users, const char *name); /* a user, a group, or both */

/* The same, and return the name, or the number if it has none. Caller frees. */
char *users_take_uid(struct users *users, uid_t uid);
char *users_take_gid(struct users *users, gid_t gid);

/* Marks every word that is the name of a system user or group: in the whole text (sysusers.d(5)), or only in those
 * lines of scripts and configuration that are about users, groups or owners and are not comments, because 'mail' and
 * 'games' are ordinary words, too. */
void users_want_words(struct users *users, const char *text);
void users_want_mentioned(struct users *users, const char *text);

/* Whether such a line of a script has this name as a word. */
bool users_are_mentioned(const char *text, const char *name);

/* The container's passwd, group, shadow and gshadow, in the order of the host's. The caller frees them. */
char *users_passwd(const struct users *users);
char *users_group(const struct users *users);
char *users_shadow(const struct users *users);
char *users_gshadow(const struct users *users);
