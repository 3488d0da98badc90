/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts, on the host, of what a container shares with it in /etc, for libvirt to mount inside. */
#pragma once

#include "container/record.h"

/* Mounts each place of the record in the container's directory of STAGING_DIR, which must exist. 'tree' is from
 * place_open_tree(), and staging_prepare() has been there. 0, or -errno after a message. */
int live_mount(int root_fd, int tree, const struct record *record);
