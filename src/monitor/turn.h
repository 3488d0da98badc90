/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns: when a host boots, systemd starts all of its containers at once, and when it shuts down, it stops them all at
 * once. Hundreds that all need the disk and the processor would take longer than each may, so only as many begin at a
 * time as the host bears. A turn is a lock, so it ends with the process that has it. */
#pragma once

#include <stdbool.h>

/* Opens the file with the turns. A descriptor, or -errno. */
int turn_open(void);

enum turn { TURN_START, TURN_STOP };

/* Takes a turn of the kind if one is free. True, also if turns do not work here: 'fd' may be the -errno of
 * turn_open(). */
bool turn_take(int fd, enum turn kind);

/* Gives back what was taken. */
void turn_give(int fd);
