/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts on the host while a container starts, for libvirt to mount inside. */
#pragma once

#include "container/record.h"

/* Makes sure that the places in the tree on which libvirt mounts are directories: libvirt follows links, and the
 * container can change the tree. 'tree' is from place_open_tree(). 0, or -errno after a message. */
int staging_prepare(int tree, const struct record *record);

/* Mounts everything in STAGING_DIR, with the container's ids. 0, or -errno after a message; staging_clear() is needed
 * in any case. */
int staging_make(int root_fd, int tree, const struct record *record);

/* Removes the mounts of container 'name' from the host. The container keeps those that it has by then. */
void staging_clear(const char *name);
