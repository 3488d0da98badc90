/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A look into a running container: a process of ours enters it, opens one thing there and sends that back. */
#pragma once

/* In that process, as root of the container and with its files. Returns a descriptor, or -errno. Whatever it opens may
 * be something else than it should be, and may never answer. */
typedef int (*ns_open_fn)(void);

/* 0 with a descriptor of what 'open' opened in container 'name'; -ESRCH: it is not running; -ETIMEDOUT: that took too
 * long; or another -errno. */
int ns_open(int root_fd, const char *name, ns_open_fn open, int *ret);
