/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command lines of a unit run (systemd.service(5), COMMAND LINES). */
#pragma once

#include "unit/unit.h"

/* Fills unit->programs and says whether there is any Exec line at all. */
bool unit_find_programs(int root_fd, struct unit *unit);
