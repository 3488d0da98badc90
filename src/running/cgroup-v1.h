/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups of version 1, which a host may have beside version 2. */
#pragma once

#include <sys/types.h>

#include "base/util.h"

#define HIERARCHIES_MAX 16

/* Of each hierarchy in which process 'pid' is in another group than we are: its group's list of processes, open for
 * writing. 'ret' has room for HIERARCHIES_MAX. How many there are, or -errno. */
int hierarchies_open(int root_fd, pid_t pid, int ret[]);
