/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which installation scripts of packages run in a container before its services. On the host, a script made data once,
 * such as an empty database; where that stays on the host, the container has the script make it anew. Changes
 * nothing. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"

/* Fills g->scripts, in the order in which they have to run. g->left_data is filled. 0, or -errno after a message. */
int scripts_find(const struct create_spec *spec, struct gathered *g);
