/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which paths of the host a text names: the script of a package, a configuration file. Pure. */
#pragma once

#include "base/strv.h"

/* Appends each path below '/etc' and '/var' that the text names outside of comments, without '/' at its end, some more
 * than once. If a name ends in something that a shell would fill in ('/var/lib/x/$HOST'), its directory is taken. */
void path_scan(const char *text, struct strv *ret);
