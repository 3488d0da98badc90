/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns: when a host shuts down, all of its containers are asked to stop at once, and hundreds that all write to the
 * disk and need the processor would take longer than each may. So only as many begin at a time as the host bears. A
 * turn is a lock, so it ends with the process that has it. */
#pragma once

#include <stdbool.h>

/* Opens the file with the turns. A descriptor, or -errno. */
int turn_open(void);

/* Takes a turn if one is free. True, also if turns do not work here: 'fd' may be the -errno of turn_open(). */
bool turn_take(int fd);

void turn_give(int fd);
