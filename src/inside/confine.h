/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What confines every process of a container, whether the container's systemd started it or the program enter put it
 * there. 0 or -errno each. */
#pragma once

#include <stdint.h>

/* Takes from our capabilities and from the bounding set all that are not in 'keep' (bit n is capability n) and all that
 * no container has; capabilities(7). */
int confine_capabilities(uint64_t keep);

/* Loads the system call filter, seccomp(2), without no_new_privs: setuid programs inside go on working. Needs
 * CAP_SYS_ADMIN in our user namespace. */
int confine_syscalls(void);
