/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holding a running container to the limits of its record. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* 0; -ESRCH, without a message, when the container does not run any more; or another -errno after a message. */
int hold(const char *connect, const struct record *record, pid_t leader);
