/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limits of a running container. */
#pragma once

#include <sys/types.h>

struct record;

/* Applies the limits in the record to the container whose PID 1 is 'leader'; 'connect' is libvirt's URI. 0; -ESRCH,
 * without a message, if it is no longer running; or another -errno after a message. */
int limits_apply(const char *connect, const struct record *record, pid_t leader);
