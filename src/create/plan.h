/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An ordered list of operations, each of which is data with a kind, and a list of what is left out. --dry-run prints
 * the plan; plan_apply(), the only function that makes a container, applies it, and undoes what it did if it fails. */
#pragma once

#include <sys/types.h>
#include <time.h>

#include "base/rootfd.h"
#include "base/strv.h"

struct content;
struct op;
struct plan;
struct record;
struct users;

/* What operations work on. Strings and descriptors are owned unless the comment says otherwise. */
struct host {
	int root_fd;		    /* O_PATH of the host's root; borrowed */
	int tree_fd;		    /* of the container's tree once it exists, else -1 */
	int place_fd;		    /* of the directory that holds the tree, from then on; else -1 */
	struct rootfd_near in_tree; /* where the last operation in the tree worked */
	struct rootfd_near on_host; /* where the last one copied from */
	int source_fd;		    /* of the tree that op_copy copies; borrowed, else -1 */
	/* Called with 'source_data' once it is copied, or NULL: whether it did not change meanwhile, 0 or -errno after
	 * a message. */
	int (*source_check)(const void *data);
	const void *source_data;
	const char *file_context;    /* SELinux context of the tree's files; NULL or "" for none; borrowed */
	const struct record *record; /* whose tree it is, for its project and limit on the disk; borrowed, or NULL */
	bool no_reflink;	     /* the file system turned out not to share blocks */
	const struct plan *plan;
	void *arg; /* for operations of other folders; borrowed */
};

#define HOST_INIT(fd)                                                                                                  \
	{                                                                                                              \
		.root_fd = (fd), .tree_fd = -1, .place_fd = -1, .in_tree = ROOTFD_NEAR_INIT,                           \
		.on_host = ROOTFD_NEAR_INIT, .source_fd = -1                                                           \
	}
void host_done(struct host *host); /* root_fd stays open */

struct op_kind {
	const char *name; /* as --dry-run shows it; documented, so it does not change */
	bool in_tree;	  /* op->path is a path in the container, else on the host */
	/* Applies the operation. Returns 1 if it changed something, 0 if there was nothing to do, or -errno after a
	 * message; or -EAGAIN, without a message, if another create was faster, so that a new plan is needed. */
	int (*apply)(struct host *host, const struct op *op);
	/* Undoes what 'apply' changed, without depending on new memory. 0, or -errno after a message about what is
	 * left. NULL if the undo of the tree is enough. */
	int (*undo)(struct host *host, const struct op *op);
};

struct op {
	const struct op_kind *kind;
	char *path;
	bool has_owner; /* 'mode', 'uid' and 'gid' are valid */
	mode_t mode;	/* permissions */
	uid_t uid;
	gid_t gid;
	struct timespec mtime;	       /* of a link or a fifo */
	char *user, *group;	       /* the ids as --dry-run shows them: names, or numbers; or NULL */
	char *source;		       /* the host's path that is copied, or the target of a link */
	const struct content *content; /* of the host's file, which need not be read again; borrowed; or NULL */
	char *text;		       /* the text that is written */
	char *before;	    /* what that replaces: the text, or the target of a link; NULL if there is nothing */
	char *package;	    /* that owns it, or NULL */
	const char *secret; /* the form of the secret in the copied file, see struct entry; constant; or NULL */
	const char *rule;   /* the rule's name, documented in virt-sandbox-service(8), JSON; constant */
	const char *reason; /* a few words for people; constant */
	bool changed;
};

/* What stays on the host, and why. */
struct left_out {
	char *path;    /* with everything below it; or 'DIR/', for the content of DIR that is in no operation */
	char *package; /* that owns it, or NULL */
	const char *rule, *reason;
	bool below; /* a directory above it is left out as a whole */
};

struct plan {
	struct op *ops;
	size_t n;
	struct left_out *left; /* sorted by path after plan_sort_left() */
	size_t n_left;
	struct strv warnings; /* sentences about what the service will miss in the container */
};

/* Adds an operation, and takes ownership of its path. The pointer is valid until the next one is added. */
struct op *plan_add(struct plan *plan, const struct op_kind *kind, char *path);

/* The same for what a container has because it is one, which is the rule 'container'. 'reason' must be constant. */
struct op *plan_add_own(struct plan *plan, const struct op_kind *kind, char *path, const char *reason);

/* Makes root the owner of what the operation creates, and sets its mode. */
void op_give_root(struct op *op, mode_t mode);

/* Makes these the owner and the group of what the operation creates, and marks the accounts, so that the container gets
 * them. */
void op_give_owner(struct op *op, uid_t uid, gid_t gid, struct users *users);

/* Adds to what is left out, and takes ownership of 'path'. 'rule' and 'reason' must be constant; 'package' may be
 * NULL. */
void plan_leave(struct plan *plan, char *path, const char *rule, const char *reason, const char *package);

/* Sorts what is left out, and drops paths below a directory that is left out as a whole. */
void plan_sort_left(struct plan *plan);

/* The row of exactly this path, or NULL. To be called after plan_sort_left(). */
const struct left_out *plan_find_left_at(const struct plan *plan, const char *path);

/* The row that leaves out 'path', or the nearest directory above it or its content; or NULL. To be called after
 * plan_sort_left(). */
const struct left_out *plan_find_left(const struct plan *plan, const char *path);

/* Whether an operation creates this path in the container. */
bool plan_has(const struct plan *plan, const char *path);

/* Logs the warnings of the plan. */
void plan_warn(const struct plan *plan);

void plan_done(struct plan *plan);

/* Applies all operations in order, and checks for signals between them (see base/signals.h). After a failure, it undoes
 * them in reverse; if that fails, too, the record stays, so that 'delete' can find the rest. 0, or -errno: -EINTR,
 * without a message, after a signal; -EUCLEAN if not everything could be undone. */
int plan_apply(struct plan *plan, struct host *host);

/* Prints a line for each operation on standard output and, with 'left', one for each path that is left out. */
void plan_print(const struct plan *plan, bool left);
