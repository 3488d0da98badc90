/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that is PID 1 in a running container, as domain-start wrote it down in /run/virt-sandbox-service/NAME. */
#pragma once

#include <sys/types.h>

/* Its process id on the host. 0; -ESRCH if the container is not running (nothing is written down, the process is gone,
 * or another process has its id by now); or another -errno. */
int leader_read(int root_fd, const char *name, pid_t *ret);

/* Returns a pidfd of it, or -errno as above. *ret_pid is its process id for as long as it lives. */
int leader_open(int root_fd, const char *name, pid_t *ret_pid);

/* Kills it, which ends the container, and waits until it is gone. 0, also if there is none; -ETIMEDOUT; or another
 * -errno. */
int leader_kill(int root_fd, const char *name, int timeout_ms);

/* For domain-start: writes down that 'leader', which runs, is the container's PID 1. 0 or -errno. */
int leader_write(int root_fd, const char *name, pid_t leader);
