/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of units on the host: a unit, or a drop-in together with its directory, in which the administrator may have
 * others. */
#pragma once

#include <stdbool.h>

/* Writes the file as a whole; 'replace' as for atomic_file_write(). A directory that was made for it goes again if that
 * fails. 0 or -errno; -EEXIST if there is one and it is not to be replaced. */
int unit_file_write(int root_fd, const char *path, const char *text, bool replace);

/* Removes the file, and the directory of a drop-in once it is empty. A file that is already gone is not an error. 0 or
 * -errno. */
int unit_file_remove(int root_fd, const char *path);
