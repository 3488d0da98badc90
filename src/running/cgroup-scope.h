/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit of the host's systemd that machined keeps a running container in. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* Gives the scope that 'leader' is in those limits of the record that are systemd's to hold. 0, or -errno after a
 * message. */
int scope_limit(const struct record *record, pid_t leader);

/* Its control group, the path on the host; caller frees. 0 or -errno. */
int scope_path(int root_fd, pid_t leader, char **ret);

/* How many processes there are in it: the container's, with libvirt's one for it. At most what a thousand control
 * groups hold, for the container can make them without end. 0 or -errno. */
int scope_processes(int root_fd, pid_t leader, uint64_t *ret);
