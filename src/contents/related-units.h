/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The units that come along with those for which a container is made. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"

struct unit_search;

/* Appends them to g->units, which holds those that were asked for, and fills g->enabled. 0, or -errno after a
 * message. */
int related_units_find(const struct create_spec *spec, const struct unit_search *map, struct gathered *g);

/* Whether the unit is in g->units or g->also, by any of its names. */
bool related_units_has(const struct gathered *g, const char *name);

/* The name of the unit that a socket, timer or path starts, which is a template for a socket that starts an instance
 * for each connection. NULL for other units. Caller frees. */
char *related_units_triggered(const struct unit *u);
