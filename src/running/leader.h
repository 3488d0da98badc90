/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that is PID 1 in a running container, as domain-start recorded it in /run/virt-sandbox-service/NAME. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads its process id on the host. 0; -ESRCH if the container is not running (nothing is recorded, the process is
 * gone, or another process has its id now); or another -errno. */
int leader_read(int root_fd, const char *name, pid_t *ret);

/* Whether the process 'leader' is frozen, as 'virsh suspend' and 'systemctl freeze' do it with the whole container.
 * False if this user may not find out. */
bool leader_is_frozen(int root_fd, pid_t leader);

/* 'length' ids from 'inside' on are the host's from 'outside' on. */
struct leader_ids {
	uint32_t inside, outside, length;
};

/* Parses the text of its uid_map or gid_map (user_namespaces(7)). False unless that is a single line, as libvirt
 * writes it. */
bool leader_ids_parse(const char *text, struct leader_ids *ret);

/* Returns its pidfd, or -errno as above. Stores its process id, which is valid as long as it lives, in *ret_pid. */
int leader_open(int root_fd, const char *name, pid_t *ret_pid);

/* Kills it, which ends the container, and waits until it is gone. 0, even if there was none; -ETIMEDOUT; or another
 * -errno. */
int leader_kill(int root_fd, const char *name, int timeout_ms);

/* Called by domain-start: records that 'leader', the process of 'pidfd', is the container's PID 1. 0; -ESRCH if it has
 * ended; or another -errno. */
int leader_write(int root_fd, const char *name, pid_t leader, int pidfd);
