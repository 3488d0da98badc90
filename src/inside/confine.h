/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What confines every process of a container, whether the container's systemd or the program enter started it.
 * Functions return 0 or -errno. */
#pragma once

#include <stdint.h>

#include "container/rights.h"

/* Removes from our capabilities and from the bounding set all that are not in 'keep' (bit n is capability n) or that no
 * container has; see capabilities(7). */
int confine_capabilities(uint64_t keep);

/* Loads the system call filter, seccomp(2), with what the rights add to it, and without no_new_privs, so that
 * set-user-ID programs inside keep working. Needs CAP_SYS_ADMIN in our user namespace. */
int confine_syscalls(const struct rights *rights);

/* Refuses to make files set-user-ID or set-group-ID, and to mount new file systems, because an overlay could copy such
 * a file; in the same way and from here on. To be called before the filter
 * above, which is about this call, too. */
int confine_set_id(void);
