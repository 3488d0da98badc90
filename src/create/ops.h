/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that make a container. Beside each stands what it uses of struct op besides 'path'. */
#pragma once

#include "create/plan.h"

extern const struct op_kind op_reserve; /* text: the container's name. Fails if it is there. */
extern const struct op_kind op_record;	/* text, mode. The first of a plan is made, the second replaces it. */
extern const struct op_kind op_unit;	/* text. The host unit is the point of commitment. */

extern const struct op_kind op_tree;	  /* path: the container's own root directory, on the host */
extern const struct op_kind op_directory; /* owner; source: whose times and attributes it gets, or NULL */
extern const struct op_kind op_file;	  /* owner; source: the host's file that is copied */
extern const struct op_kind op_hardlink;  /* source: path in the tree of its first name */
extern const struct op_kind op_link;	  /* uid, gid, mtime; source: the target */
extern const struct op_kind op_fifo;	  /* owner, mtime */
extern const struct op_kind op_write;	  /* owner; text: what the program writes itself */
extern const struct op_kind op_seal;	  /* comes last in the tree: times of directories, all on the disk */

/* Adds to the plan the directory 'path' of the tree and those above it that are not in the plan yet, for something that
 * the program puts there. "" is the root, which is always there. */
void ops_need_directory(struct plan *plan, const char *path);
