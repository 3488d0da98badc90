/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of operation that make a container, and of those that change one. The comment after each tells which
 * members of struct op it uses besides 'path'. */
#pragma once

#include "create/plan.h"

extern const struct op_kind op_reserve; /* text: the container's name. Fails if the file exists. */
extern const struct op_kind
	op_record; /* text, mode, before. In the plan of a new container, the first one creates the record, and the
		      second, without 'before', replaces it. */
extern const struct op_kind op_unit; /* text, before. With the host unit, the container is complete. */

extern const struct op_kind
	op_tree; /* path: the container's directory, on the host; text: the size of the image that is in its place, or
		    NULL */
extern const struct op_kind op_disk; /* path: the same; text, before: the limit on the disk, or "" */
extern const struct op_kind
	op_directory; /* owner; source: the host's directory whose times and attributes it gets, or NULL */
extern const struct op_kind op_file;	 /* owner; source: the host's file that is copied */
extern const struct op_kind op_hardlink; /* source: path in the tree of its first name */
extern const struct op_kind op_link;	 /* uid, gid, mtime; source: the target */
extern const struct op_kind op_fifo;	 /* owner, mtime */
extern const struct op_kind op_live;	 /* source: the same path of the host, a place of container/live-places.h */
extern const struct op_kind op_write;	 /* owner; text: the content */
extern const struct op_kind op_copy;	 /* all of the tree of struct host's source; source: its path, for messages */
extern const struct op_kind
	op_seal; /* comes last in the tree: sets the times of directories, and writes everything to disk */

/* These work in the tree of a container that exists. A link is one whose mode is S_IFLNK. */
extern const struct op_kind op_change; /* owner; text or, of a link, source; before */
extern const struct op_kind op_remove; /* before; of a file also owner, for the undo */

extern const struct op_kind op_drop;	/* before: the text of the unit or drop-in that is removed */
extern const struct op_kind op_release; /* text: the container's name */

/* Adds the directory 'path' of the tree, and those above it, to the plan unless they are in it, for something that
 * create puts there. "" is the root, which always exists. */
void ops_need_directory(struct plan *plan, const char *path);
void ops_need_parent(struct plan *plan, const char *path); /* the same for the directory that holds 'path' */

/* Makes the empty tree 'name' in the directory 'place_fd' of 'host', or if 'image' is not 0, in an image of so many
 * bytes. 'path' is its path, for messages. From then on, new files have the container's SELinux context. 0, with the
 * tree in 'host'; or -errno after a message, when there may be something of that name, but not if it is -EEXIST. */
int ops_make_tree(struct host *host, const char *name, const char *path, uint64_t image);

/* Adds that the limit on the disk becomes that of 'record', if it was another one in 'before', which is NULL for a new
 * container. */
void ops_limit_disk(struct plan *plan, const struct record *before, const struct record *record);

/* Adds something that create makes itself, with the directory for it, and takes ownership of 'path'. */
struct op *ops_anew(struct plan *plan, const struct op_kind *kind, char *path, const char *reason);

/* A file of root's; takes ownership of 'text'. */
struct op *ops_write_anew(struct plan *plan, const char *path, mode_t mode, char *text, const char *reason);

/* A link; takes ownership of 'path'. If the host has the same link, it is in the plan already. */
void ops_link_anew(struct plan *plan, char *path, const char *target, const char *reason);
