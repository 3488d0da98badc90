/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted on the host while a container starts, for libvirt to mount it inside. */
#pragma once

#include "container/record.h"

/* Makes sure of the places in the tree at which libvirt mounts: it follows links there, and the tree is the
 * container's. 0, or -errno after a message. */
int staging_prepare(int root_fd, const struct record *record);

/* Mounts all of it in STAGING_DIR, with the container's ids. 0, or -errno after a message; staging_clear() is needed
 * in any case. */
int staging_make(int root_fd, const struct record *record);

/* Takes away what is there of container 'name'; what it has itself by then stays its own. */
void staging_clear(const char *name);
