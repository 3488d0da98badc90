/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of what a container or a sandbox can take from the host that the kernel counts for all together. */
#pragma once

struct libvirt_leader;

/* Sets them for the one of this name, whose first process has just started. It runs on if one of them cannot be set,
 * after a warning unless that process has ended meanwhile. */
void leader_limits_set(int root_fd, const char *name, const struct libvirt_leader *leader);
