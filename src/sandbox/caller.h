/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command in a sandbox gets of whoever runs virt-sandbox: who it runs as, and some of the environment. */
#pragma once

#include "running/container-user.h"

struct context;

/* The user of the host that the command runs as: 'who', a name or a number, or if that is NULL, the caller. 0, with
 * *ret for container_user_done(); or -errno after a message: -EINVAL if sandboxes have no user of that number. */
int caller_user(const struct context *context, const char *who, struct container_user *ret);

/* Appends those of the caller's variables, as 'NAME=VALUE', that the command gets; all others may be secret. */
void caller_environment(struct strv *ret);
