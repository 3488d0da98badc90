/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads everything from the host that deciding and composing need: the units, the packages, the accounts and the files.
 * Changes nothing. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"

/* Fills *ret, which the caller releases with gathered_done(). 0, or -errno after a message. */
int collect(const struct create_spec *spec, struct gathered *ret);

/* Appends the root's links into /usr, such as 'bin=usr/bin'. The root must be usr-merged: its /bin, /sbin and /lib* are
 * links into /usr, or do not exist. 0, or -errno after a message. */
int collect_links(int root_fd, struct strv *ret);
