/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user of a container, as the account files in its tree describe it. The host's accounts do not matter. */
#pragma once

#include "base/accounts.h"

struct container_user {
	char *name, *home, *shell;
	uid_t uid;
	gid_t gid;
	struct strv groups; /* ids of all its groups, including its primary group */
};

/* Finds user 'who', a name or a number, in the texts of passwd and group. Root always exists. 0 or -ENOENT. */
int container_user_parse(const char *passwd, const char *group, const char *who, struct container_user *ret);

/* The same, with the files below directory 'tree'. 0; -ENOENT if there is no such user; or another -errno. */
int container_user_find(int tree, const char *who, struct container_user *ret);
void container_user_done(struct container_user *user);
