/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hands a started container over from domain-start, which ends, to the monitor, which stays, through a socket between
 * them. */
#pragma once

#include <sys/types.h>

/* Sends the container's PID 1, as a number and as a pidfd, and its console, to be read from. 0 or -errno. */
int handover_send(int fd, pid_t pid, int pidfd, int console);

/* Where domain-check and domain-look find the inotify instance that the monitor reads. */
#define CHANGES_FD 3

/* Receives what handover_send() sent, without waiting. 0; -EBADMSG if it is anything else; or another -errno. */
int handover_receive(int fd, pid_t *ret_pid, int *ret_pidfd, int *ret_console);
