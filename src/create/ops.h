/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that make a container. What each uses of struct op is said beside it. */
#pragma once

#include "create/plan.h"

extern const struct op_kind op_reserve; /* path: made with O_EXCL, text: the container's name */
extern const struct op_kind op_record;	/* path, text; has_owner.mode; made new, or replaced by the last record */
extern const struct op_kind op_unit;	/* path, text: the host unit, the commit point */

extern const struct op_kind op_tree;	  /* path: the container's own root directory on the host */
extern const struct op_kind op_directory; /* owner, source: whose times and attributes it gets, or NULL */
extern const struct op_kind op_file;	  /* owner, source: the host's file that is copied */
extern const struct op_kind op_hardlink;  /* source: path in the tree of its first name */
extern const struct op_kind op_link;	  /* uid, gid, mtime; source: the target */
extern const struct op_kind op_fifo;	  /* owner, mtime */
extern const struct op_kind op_write;	  /* owner, text: what the tool writes itself */
extern const struct op_kind op_seal;	  /* last in the tree: times of directories, everything on the disk */
