/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes of a running container that run code which the host's /usr does not have any more, because a package was
 * upgraded since they were started. */
#pragma once

#include <sys/types.h>

#include "base/strv.h"

/* Appends the names of their programs, each once, as far as they can be found in bounded time. The container chooses
 * these names, so they have to be escaped. 0, or -errno: -EACCES for a user who may not know. */
int old_code_find(int root_fd, pid_t leader, struct strv *ret);
