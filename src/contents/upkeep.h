/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages that a service does not require, but that look after its files from time to time on the host. */
#pragma once

#include "container/create-spec.h"
#include "contents/gathered.h"
#include "unit/unit-search.h"

/* Adds to g->closure the packages whose enabled timers look after files of the service, and all that these require, so
 * that the timers run in the container, too. g->units, g->roots, g->closure and g->named are filled. 0, or -errno after
 * a message. */
int upkeep_find(const struct create_spec *spec, const struct unit_search *map, struct gathered *g);
