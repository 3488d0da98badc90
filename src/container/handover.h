/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a started container gets from domain-start, which ends, to the monitor, which stays: over a socket between them.
 */
#pragma once

#include <sys/types.h>

/* The container's PID 1 by number and by pidfd, and its console to read. 0 or -errno. */
int handover_send(int fd, pid_t pid, int pidfd, int console);

/* What was sent, without waiting. 0; -EBADMSG for anything else; or another -errno. */
int handover_receive(int fd, pid_t *ret_pid, int *ret_pidfd, int *ret_console);
