/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a container against its record: the labels of its directory and of its first process, and the user ids that
 * it runs with. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* Warns of everything that differs from a finished record. 'leader' is 0 for a container that does not run. What the
 * caller may not look at is skipped. */
void verify_running(int root_fd, const struct record *record, pid_t leader);
