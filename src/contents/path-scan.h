/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files of the host a text speaks of: a package's script, a configuration. PURE. */
#pragma once

#include "base/strv.h"

/* Appends each path below '/etc' and '/var' that the text names outside of comments, without '/' at its end. Where a
 * name ends in what a shell would fill in ('/var/lib/x/$HOST'), its directory is meant. */
void path_scan(const char *text, struct strv *ret);
