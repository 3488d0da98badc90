/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scope unit of the host's systemd in which systemd-machined keeps a running container. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

/* Sets those limits of the record that systemd enforces, on the scope of process 'leader'. 0, or -errno after a
 * message. */
int scope_limit(const struct record *record, pid_t leader);

/* The path of its control group on the host; the caller frees it. 0 or -errno. */
int scope_path(int root_fd, pid_t leader, char **ret);

/* Likewise, of the group in it that the leader is in; the container chooses the inner part of this path. */
int scope_leader_path(int root_fd, pid_t leader, char **ret);

/* Has 'inotify' report when a service in it begins or ends: when systemd makes or removes a group in one of its slices.
 * Those that are watched already stay watched. 0 or -errno. */
int scope_watch(int root_fd, pid_t leader, int inotify);

/* How many control groups there may be in it, at any depth. Services have about fifty. Each takes memory and time of
 * the host, above all where groups are deep. */
#define SCOPE_GROUPS_MAX 2000

/* Sets that limit. 0 or -errno. */
int scope_limit_groups(int root_fd, pid_t leader);

/* Asks the kernel to freeze it; leader_is_frozen() tells when that is done. 0 or -errno. */
int scope_freeze(int root_fd, pid_t leader);

/* Thaws it, if that or systemd has frozen it. 0 or -errno. */
int scope_thaw(int root_fd, pid_t leader);

/* Counts the processes in it: those of the container, and libvirt's own. 0 or -errno. */
int scope_processes(int root_fd, pid_t leader, uint64_t *ret);
