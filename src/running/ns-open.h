/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens one thing in a running container: a process of ours enters it and sends the descriptor back. */
#pragma once

/* Runs in that process, as root of the container, and sees the container's files. Returns a descriptor or -errno. What
 * it opens may be anything, and may never answer. */
typedef int (*ns_open_fn)(void);

/* Returns 0, with the descriptor that 'open' returned in container 'name'; -ESRCH if the container is not running;
 * -ETIMEDOUT after ten seconds; or another -errno. */
int ns_open(int root_fd, const char *name, ns_open_fn open, int *ret);

/* The same in the container, or the sandbox, of which 'leader' is a pidfd of PID 1. */
int ns_open_in(int leader, ns_open_fn open, int *ret);
