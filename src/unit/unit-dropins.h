/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drop-in files of a unit (systemd.unit(5)). */
#pragma once

#include "base/strv.h"

struct unit_search;

/* Appends the paths of the drop-in files for a unit with these names, of which the id is the first, in the order in
 * which they apply. Empty ones and links to /dev/null are included. 0 or -errno; then *ret_path (caller frees) is the
 * directory. */
int unit_dropins(const struct unit_search *map, int root_fd, const struct strv *names, struct strv *ret,
		 char **ret_path);
