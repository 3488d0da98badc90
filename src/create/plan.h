/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An ordered list of operations, each a row of data with a kind, and of what is left out. The plan is what --dry-run
 * prints, and it is the journal: plan_apply() is the only function in the program that makes a container, and it undoes
 * what it did when it fails. */
#pragma once

#include <sys/types.h>
#include <time.h>

#include "base/util.h"

struct op;
struct plan;

/* What operations work on. Strings and descriptors are owned but where it says otherwise. */
struct host {
	int root_fd;		  /* O_PATH of the host's root; borrowed */
	int tree_fd;		  /* of the container's tree once it is made, else -1 */
	int parent_fd;		  /* of the directory in the tree in which an operation worked last, else -1 */
	char *parent;		  /* its path */
	const char *file_context; /* SELinux context of the tree's files, or NULL; borrowed */
	bool no_reflink;	  /* the file system has said that it cannot share blocks */
	const struct plan *plan;
};

#define HOST_INIT(fd)                                                                                                  \
	{                                                                                                              \
		.root_fd = (fd), .tree_fd = -1, .parent_fd = -1                                                        \
	}
void host_done(struct host *host); /* root_fd stays open */

struct op_kind {
	const char *name; /* as --dry-run shows it; documented, so it does not change */
	bool in_tree;	  /* op->path is below the container's root, else below the host's */
	/* Does it: 1 if it changed something, 0 if there was nothing to do, -errno after a message; -EAGAIN without one
	 * if another create was faster, so that another plan is needed. */
	int (*apply)(struct host *host, const struct op *op);
	/* Undoes what apply changed, without allocating memory that it needs. 0, or -errno after a message about what
	 * is left. NULL if the undo of the tree is enough. */
	int (*undo)(struct host *host, const struct op *op);
};

struct op {
	const struct op_kind *kind;
	char *path;
	bool has_owner; /* 'mode', 'uid' and 'gid' hold */
	mode_t mode;	/* permissions */
	uid_t uid;
	gid_t gid;
	struct timespec mtime; /* of a link or a fifo */
	char *user, *group;    /* what --dry-run calls the ids: names, or numbers; or NULL */
	char *source;	       /* what is copied (a host path), or where a link points */
	char *text;	       /* what is written */
	char *package;	       /* that records it, or NULL */
	const char *rule;      /* the rule's name, documented in virt-sandbox-service(8), JSON; constant, as is */
	const char *reason;    /* a few words for people */
	bool changed;
};

/* What stays on the host, and why. */
struct left_out {
	char *path;    /* with all below it; with '/' at its end: what is in that directory and in no operation */
	char *package; /* that records it, or NULL */
	const char *rule, *reason;
	bool below; /* something above it is left out as a whole */
};

struct plan {
	struct op *ops;
	size_t n;
	struct left_out *left; /* sorted by path after plan_sort_left() */
	size_t n_left;
};

/* Adds an operation, whose path it takes. The pointer is good until the next is added. */
struct op *plan_add(struct plan *plan, const struct op_kind *kind, char *path);

/* Says that what the operation makes belongs to root and has this mode. */
void op_give_root(struct op *op, mode_t mode);

/* Adds to what is left out; takes 'path'. 'rule' and 'reason' are constant, 'package' may be NULL. */
void plan_leave(struct plan *plan, char *path, const char *rule, const char *reason, const char *package);

/* Sorts what is left out, and drops what is below a directory that is left out as a whole. */
void plan_sort_left(struct plan *plan);

/* Whether an operation makes something at this path of the container's tree. */
bool plan_has(const struct plan *plan, const char *path);

void plan_done(struct plan *plan);

/* Does all operations in order. Between two of them it looks whether a signal waits, see base/signals.h. On failure
 * it undoes what was done, in reverse; if that fails too, the first operation stays done, as the mark by which 'delete'
 * finds the rest. 0, or -errno: -EINTR after a signal (without a message), -EUCLEAN if not all could be undone. */
int plan_apply(struct plan *plan, struct host *host);

/* Prints a line for each operation on standard output, and with 'left' for each path that is left out. */
void plan_print(const struct plan *plan, bool left);
