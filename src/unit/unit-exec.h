/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs that command lines of a unit run, and the files that they name (systemd.service(5), COMMAND LINES). */
#pragma once

#include "unit/unit.h"

/* Fills unit->programs, interpreters, needed and files, and returns whether the unit has any Exec line. */
bool unit_find_programs(int root_fd, struct unit *unit);
