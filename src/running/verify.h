/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares a container with its record: the labels of its directory and of its first process, and its user ids. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* Warns about everything that differs from the record, which must be complete. 'leader' is 0 if the container is not
 * running. What we cannot read is skipped. */
void verify_running(int root_fd, const struct record *record, pid_t leader);
