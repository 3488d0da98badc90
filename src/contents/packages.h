/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which packages a container has. The roots are the packages of the units, of the programs that these run, and those
 * that were asked for. The closure is the roots, the base that every container has, and everything they need. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"

/* Opens the package database, into g->backend and g->db, and fills g->roots and g->closure; g->units are loaded. 0, or
 * -errno after a message. */
int packages_find(const struct create_spec *spec, struct gathered *g);
