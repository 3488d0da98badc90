/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records of a host, each a file in RECORD_DIR. */
#pragma once

#include "container/record.h"

/* 0, or -EINVAL, after a message, if 'name' is not a valid name for a container. */
int record_check_name(const char *name);

/* Reads the record of 'name', which need not be a valid name. 0, with *ret for record_done(); or -errno after a
 * message: -ENOENT if there is no such container, -EINVAL if its record is invalid. */
int record_load(int root_fd, const char *name, struct record *ret);

/* Replaces an existing record, and its copy. 0, or -errno after a message. */
int record_rewrite(int root_fd, const struct record *record);

/* Has the disk have the records as they are now. A container's directory may be on another file system, which commits
 * what comes after that sooner. 0, or -errno after a message. */
int record_sync(int root_fd);

/* A copy of the record lies beside the container's directory, as '.NAME.sandbox', so that the directory can be adopted
 * where the disk that has both is mounted. Root alone can write there (places.h), and no container sees it. */

/* Where the copy for directory 'path' is. Caller frees. */
char *record_path_beside(const char *path);

/* Makes 'text', the text of container 'name's record, the copy, or removes that if the container is unfinished. 0, or
 * -errno after a warning. */
int record_keep(int root_fd, const char *name, const char *text);

/* Reads the copy beside directory 'path', whose place in the record becomes 'path'. 0, with *ret for record_done(); or
 * -errno after a message. */
int record_load_beside(int root_fd, const char *path, struct record *ret);

/* Removes the copy. 0, even if there is none, or -errno after a message. */
int record_drop_beside(int root_fd, const char *path);

/* Appends the names of all records, and sorts the list. Files whose name is not valid for a container are ignored. It
 * is not an error if the directory does not exist. 0, or -errno after a message. */
int record_names(int root_fd, struct strv *ret);
