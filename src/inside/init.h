/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the container's first program; those that make a process confined, every process has that enters a container
 * in another way. 0 or -errno each. */
#pragma once

#include <stdint.h>

/* Masks the unit files, generators and the like of host packages that are not the container's. */
int mask_foreign(void);

/* Covers what of the host's kernel is none of the container's. */
int cover_kernel(void);

/* From now on nobody in the container can unmount, move or remount what is mounted. */
int lock_mounts(void);

/* Leaves of our capabilities and of the bounding set those in 'keep' that a container can have: bits by number. */
int limit_capabilities(uint64_t keep);

/* Loads the system call filter, without no_new_privs: setuid programs inside go on working. */
int filter_syscalls(void);
