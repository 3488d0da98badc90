/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records of a host, a file each in RECORD_DIR. */
#pragma once

#include "container/record.h"

/* 0, or -EINVAL after a message: no container can be called 'name'. */
int record_check_name(const char *name);

/* Reads the record of 'name', which need not be valid. 0 and *ret for record_done(), or -errno after a message:
 * -ENOENT where there is no such container, -EINVAL for a record that cannot be read. */
int record_load(int root_fd, const char *name, struct record *ret);

/* Puts it in the place of the record that is there. 0, or -errno after a message. */
int record_rewrite(int root_fd, const struct record *record);

/* Names of all records, appended and sorted. A file whose name no container can have is left out, and so is a
 * directory that is missing. 0, or -errno after a message. */
int record_names(int root_fd, struct strv *ret);
