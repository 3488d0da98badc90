/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container has against what its record says: the labels of its directory and of its first process, and the ids
 * of those who run in it. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* Warns of each thing that is not as a finished record says. 'leader' is 0 for a container that does not run. What
 * cannot be looked at, by a user for one, is passed over. */
void verify_running(int root_fd, const struct record *record, pid_t leader);
