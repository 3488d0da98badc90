/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who asked for a sandbox, and what its command gets of that: the user, some of the environment, and the working
 * directory. Whatever is done for a caller asks this structure and never the process itself, which may belong to
 * somebody else. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "running/container-user.h"

struct context;

struct caller {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* besides 'gid' */
	size_t n_groups;
	char *const *environment; /* ends with NULL */
	char *cwd;		  /* absolute; NULL if it was removed, or cannot be reached from the root */
	int cwd_fd;		  /* O_PATH of it, or -1 */
	bool served;		  /* a service does it for the caller, who has fewer rights than this process */
};
#define CALLER_INIT ((struct caller){ .cwd_fd = -1 })

/* The user of this process. */
void caller_self(struct caller *ret);
void caller_done(struct caller *caller);

/* Makes this process, which is root's, the caller's, with the caller's groups and without capabilities. It gains
 * nothing by execve(2). 0 or -errno. */
int caller_become(const struct caller *caller);

/* Opens directory 'path' of the host if the caller could; -ELOOP if a symbolic link is on the way, so that it is where
 * its path says. An O_PATH descriptor, or -errno. */
int caller_open_directory(const struct caller *caller, int root_fd, const char *path);

/* The user of the host that the command runs as: 'who', a name or a number, or if that is NULL, the caller. 0, with
 * *ret for container_user_done(); or -errno after a message: -EINVAL if sandboxes have no user of that number. */
int caller_user(const struct context *context, const struct caller *caller, const char *who,
		struct container_user *ret);

/* Appends those of the caller's variables, as 'NAME=VALUE', that the command gets; all others may be secret. */
void caller_environment(const struct caller *caller, struct strv *ret);
