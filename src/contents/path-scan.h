/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which paths of the host are named in a text, such as a package's script or a configuration file. Pure. */
#pragma once

#include "base/strv.h"

/* Appends each path below one of the directories 'tops' that the text names outside of comments, without a '/' at its
 * end. Some may be appended more than once. If a path ends in something that a shell would expand ('/var/lib/x/$HOST'),
 * its directory is appended. 'tops' end in '/', and the last one is NULL. */
void path_scan(const char *text, const char *const *tops, struct strv *ret);

/* For 'tops': '/etc' and '/var', of which a container has its own; and '/usr/local', which it shares. */
extern const char *const paths_own[], *const paths_local[];
