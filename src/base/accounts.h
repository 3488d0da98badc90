/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of accounts: passwd(5), group(5), subuid(5), as text. */
#pragma once

#include <sys/types.h>

#include "base/strv.h"

/* One line of such a file, split at its colons. */
struct account_line {
	char *text; /* that the fields point into */
	char *field[8];
	size_t n;
};

/* Splits the first line of '*text' and moves '*text' behind it. False at the end of the text; otherwise the line is
 * given to account_line_done(). */
bool account_line_next(const char **text, struct account_line *ret);
void account_line_done(struct account_line *line);

struct account_user {
	char *name, *gecos, *home, *shell;
	uid_t uid;
	gid_t gid;
	char *source;	/* the sysusers.d(5) file that defines it, if the host does not have it yet; or NULL */
	bool automatic; /* then: nothing asked for this number */
	bool wanted;	/* a mark for the caller */
};

struct account_group {
	char *name;
	gid_t gid;
	struct strv members;
	char *source; /* as in struct account_user */
	bool automatic;
	bool wanted; /* a mark for the caller */
};

struct accounts {
	struct account_user *users;
	size_t n_users;
	struct account_group *groups;
	size_t n_groups;
};

/* Reads the texts of passwd and group. Skips lines that lack a field, have a name that useradd(8) would refuse, or have
 * an id that is not a number or is 2^32-1. */
void accounts_parse(const char *passwd, const char *group, struct accounts *ret);

/* Adds what is in the texts and has a name of its own: earlier accounts hide later ones of the same name. */
void accounts_add(struct accounts *accounts, const char *passwd, const char *group);
void accounts_done(struct accounts *accounts);

/* The first with that id, or with that name. NULL if there is none. The caller may set its mark. */
struct account_user *accounts_user(const struct accounts *accounts, uid_t uid);
struct account_user *accounts_user_named(const struct accounts *accounts, const char *name);
struct account_group *accounts_group(const struct accounts *accounts, gid_t gid);
struct account_group *accounts_group_named(const struct accounts *accounts, const char *name);

/* The id that belongs to a name, or that is written in digits, whether or not an account has it. 0 or -ENOENT. */
int accounts_uid(const struct accounts *accounts, const char *name, uid_t *ret);
int accounts_gid(const struct accounts *accounts, const char *name, gid_t *ret);
