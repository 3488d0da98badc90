/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of '/usr/local' is the service's. No package owns anything there, so a path is the service's if its units or
 * its configuration name it, or if a file that is the service's names it. What else is there is covered in the
 * container if it is closed to some users of the host: virt/closed.h. */
#pragma once

#include "unit/unit.h"

/* 'paths' are those below '/usr/local' that the configuration names. Adds those of the units, reads the files below
 * 'root_fd', and replaces each path by its place: the directory of a program, such as '/usr/local/lib/NAME' or
 * '/usr/local/NAME', with everything in it; or a file that lies where files of all programs do. Sorts them. */
void local_find(int root_fd, const struct unit *units, size_t n, struct strv *paths);

/* The place of a path below '/usr/local', as above. NULL if it is a directory of all programs. Pure. Caller frees. */
char *local_place(const char *path);
