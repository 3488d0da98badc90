/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories in which systemd finds the drop-ins and links that an administrator gave the units of a container, by
 * 'systemctl edit', 'set-property' or 'add-wants', or by hand: systemd.unit(5). They are named after the unit, so they
 * would apply to the next container of the name. Ports that a container had once count, too. */
#pragma once

#include "base/strv.h"

/* Where they are on the host; ends with NULL. */
extern const char *const unit_dirs[];

/* The name of the container to whose host unit, or to a unit of whose ports, directory 'file' in one of these belongs.
 * Caller frees. NULL if it is none of them. */
char *unit_dir_owner(const char *file);

/* Appends the paths of all directories of container 'name'. 0, or -errno after a message. */
int unit_dirs_find(int root_fd, const char *name, struct strv *ret);
