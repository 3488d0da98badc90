/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records of sandboxes that are on a network (src/sandbox), for what keeps up that network for all who are on it.
 * Each has the form of an unfinished container's record, is there before anything of the sandbox is on the network, and
 * goes when nothing of it is left. Root alone can write there. */
#pragma once

#include "container/paths.h"
#include "container/record.h"

#define SANDBOX_RECORDS SANDBOX_DIR "/records"

/* Sets the record's path, and writes it. 0 or -errno. */
int sandbox_record_write(int root_fd, struct record *record);

/* 0, with *ret for record_done(); -ENOENT if the sandbox has none; or another -errno. */
int sandbox_record_load(int root_fd, const char *name, struct record *ret);

/* 0, even if there was none, or -errno. */
int sandbox_record_remove(int root_fd, const char *name);

/* Appends the names of all of them. 0 or -errno. */
int sandbox_record_names(int root_fd, struct strv *ret);
