/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a running container uses, as the kernel counts it for the container's scope: its own processes, and libvirt's
 * controller. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define USAGE_UNKNOWN UINT64_MAX /* the kernel does not count this here, as without the controller */

struct usage {
	uint64_t cpu;		/* microseconds of processor time */
	uint64_t memory;	/* bytes, with the page cache */
	uint64_t tasks;		/* processes and threads */
	uint64_t read, written; /* bytes, from and to disks */
};

/* Reads it all. 0, even if all of it is unknown; -ESRCH if the container has ended; or another -errno. */
int usage_read(int root_fd, pid_t leader, struct usage *ret);

/* Only the memory, in bytes, or USAGE_UNKNOWN. */
uint64_t usage_memory(int root_fd, pid_t leader);
