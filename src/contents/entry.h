/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entries of a survey while it is made: added in any order, then sorted and merged. */
#pragma once

#include "contents/files.h"

/* Takes 'path'. The place is good until the next is added. */
struct entry *entries_add(struct survey *survey, char *path);

/* Sorts, and makes one entry of those with the same path. */
void entries_merge(struct survey *survey);

/* Among 'n' sorted ones, or NULL. */
struct entry *entries_find(struct entry *v, size_t n, const char *path);

/* Fills in what the disk says of 'name' in 'dir'; what went away meanwhile does not exist. 0 or -errno. */
int entry_stat(int dir, const char *name, struct entry *entry);
void entry_done(struct entry *entry);
