/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's files that belong to a unit although the unit does not name them, because other programs read
 * them for it. Changes nothing. */
#pragma once

#include "unit/unit.h"

/* Appends the paths of the files below '/etc' that belong to the unit, whether or not a package owns them. Files that
 * cannot be read are skipped. */
void companions_find(int root_fd, const struct unit *unit, struct strv *ret);
