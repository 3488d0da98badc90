/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user of a container, as the files in its tree describe it; nothing of the host's is asked. */
#pragma once

#include "base/accounts.h"

struct container_user {
	char *name, *home, *shell;
	uid_t uid;
	gid_t gid;
	struct strv groups; /* the ids, its own among them */
};

/* From the texts of passwd and group. 'who' is a name or a number; root is there in any case. 0 or -ENOENT. */
int container_user_parse(const char *passwd, const char *group, const char *who, struct container_user *ret);

/* From the container's tree. 0; -ENOENT when there is no such user; or another -errno. */
int container_user_find(int tree, const char *who, struct container_user *ret);
void container_user_done(struct container_user *user);
