/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directories for temporary files. */
#pragma once

/* Makes a directory that nobody else can enter, below the one that TMPDIR names or, if that is not an absolute path,
 * below 'otherwise'. The caller frees *ret, and removes the directory. 0 or -errno. */
int temporary_make(const char *otherwise, char **ret);
