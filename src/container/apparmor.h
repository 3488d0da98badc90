/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AppArmor, on hosts that use it (apparmor(7)). Each running container has a profile of its own, which differs from
 * those of others only in its name; that is what keeps one container from another. All share the rules of
 * apparmor/container. A profile is loaded before its container starts, and removed when it has ended. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

/* Whether the kernel confines programs by AppArmor. */
bool apparmor_on(void);

/* Whether the host also has the program that makes profiles from text. Without it containers are not confined. */
bool apparmor_can_load(void);

/* The profile of container 'name'. Caller frees. */
char *apparmor_profile(const char *name);

/* Loads the profile of container 'name', which has its runtime directory, and replaces one of that name. 0, or -errno
 * after a message. */
int apparmor_load(int root_fd, const char *name);

/* Removes the profile of container 'name', none of whose processes may be left: they would run unconfined. Where there
 * is none, that is not an error. 0 or -errno. */
int apparmor_unload(const char *name);

/* The profile of process 'pid' and, after a space and in parentheses, its mode; or 'unconfined'. Caller frees. 0;
 * -ENODATA if the host does not use AppArmor; or another -errno. */
int apparmor_label_of_process(pid_t pid, char **ret);
