/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limits of a running container. */
#pragma once

#include <sys/types.h>

struct record;

/* Holds the container whose PID 1 is 'leader' to the limits of its record; 'connect' is libvirt's URI. 0; -ESRCH,
 * without a message, when it does not run any more; or another -errno after a message. */
int limits_apply(const char *connect, const struct record *record, pid_t leader);
