/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Absolute paths as text: their normal form, what usr-merge does to them, and where a link leads. Nothing here looks at
 * a file system. */
#pragma once

#include "base/util.h"

struct strv;

#define PATH_HOPS_MAX 40 /* as many symbolic links as the kernel follows on one way: path_resolution(7) */

/* The directories that usr-merge replaced by links to directories of the same name in '/usr': "/bin", "/lib64" and so
 * on. NULL-terminated. */
extern const char *const path_merged_dirs[];

/* Whether 'path' is or lies below one of these. */
bool path_is_merged(const char *path);

/* 'path' with "/usr" before it if path_is_merged(). Caller frees. */
char *path_merge(const char *path);

/* Whether 'path' is absolute, shorter than PATH_MAX, not "/", and without '.', '..', empty components and control
 * characters. */
bool path_is_normal(const char *path);

/* 'path' with '.' and repeated slashes removed, and merged. NULL if it is not absolute, not shorter than PATH_MAX, or
 * has '..' or control characters. Caller frees. */
char *path_normalise(const char *path);

/* Where the symbolic link 'path' with the text 'target' leads: an absolute path without '.' and '..'. Other links are
 * not followed. Caller frees. */
char *path_resolve(const char *path, const char *target);

/* The directory that holds absolute 'path', which is not "/"; "" for what lies in the root. Caller frees. */
char *path_parent(const char *path);

/* Whether 'path' is 'dir' or lies below it. Both must be absolute and have no repeated or trailing slashes. */
bool path_within(const char *path, const char *dir);
bool path_within_any(const char *path, const struct strv *dirs);
