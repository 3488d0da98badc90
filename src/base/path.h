/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Absolute paths as text: their one form, what usr-merge does to them, where a link leads. Nothing here looks at a file
 * system. */
#pragma once

#include "base/util.h"

/* The directories that usr-merge made links to those of the same name below '/usr': "/bin", "/lib64" and so on.
 * NULL-terminated. */
extern const char *const path_merged_dirs[];

/* Whether 'path' is one of these or below one. */
bool path_is_merged(const char *path);

/* 'path' with "/usr" before it if path_is_merged(). Caller frees. */
char *path_merge(const char *path);

/* Whether 'path' is absolute, shorter than PATH_MAX, not "/", and without '.', '..', empty components and control
 * characters. */
bool path_is_normal(const char *path);

/* 'path' with '.' and repeated slashes removed, and merged. NULL if it is not absolute, not shorter than PATH_MAX, or
 * has '..' or control characters. Caller frees. */
char *path_normalise(const char *path);

/* Where the symbolic link 'path' with the text 'target' leads: an absolute path without '.' and '..', other links not
 * followed. Caller frees. */
char *path_resolve(const char *path, const char *target);

/* Whether 'path' is 'dir' or below it; both absolute and without repeated or trailing slashes. */
bool path_within(const char *path, const char *dir);
