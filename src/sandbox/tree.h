/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root directory of a sandbox, as a tree of mounts that is attached nowhere: the host's mount table never has it,
 * and it disappears with the last descriptor of it, however its owner ended.
 *
 * What is shared is seen through an overlay without a writable layer, over a read-only mount with the sandbox's ids.
 * Inside, files belong to whom they belong on the host, but the kernel opens them with the credentials of whoever
 * mounted the overlay: here a user without any file, group and capability over files. So root inside reads what every
 * user of the host may read, and nothing else, and there is no list of secrets that could miss one (ovl_permission() in
 * the kernel; filesystems/overlayfs.rst, Permission model).
 *
 * If the sandbox may write, there is a second overlay over each of these. Its lower layer is the first one, so what it
 * refuses to read cannot be copied up either. */
#pragma once

#include <sys/types.h>

#include "base/strv.h"

struct caller;
struct includes;
struct layout;
struct mounts;
struct record;
struct shown;

enum tree_write {
	TREE_READ_ONLY,
	TREE_THROW, /* what is written is in memory, and is gone with the sandbox */
	TREE_KEEP,  /* it is in a directory, as sandbox/kept.h has it */
};

struct tree_order {
	const struct caller *caller;
	const struct layout *layout;
	const struct record *record;	 /* for its ids, and the context of its files */
	const struct mounts *mounts;	 /* what else is mounted, by --mount */
	int host_fd;			 /* the host's root, for their sources */
	int root_fd;			 /* of what the sandbox sees: that, or another tree, which is hostile */
	const struct strv *secrets;	 /* files of the host, by path, that the sandbox must not read */
	const struct shown *shown;	 /* what it sees although it is covered or closed */
	const struct includes *includes; /* what is copied in, for 'uid' and 'gid' */
	int cwd_fd; /* a directory of the host that is shown at 'cwd', with all that is in it; or -1 */
	const char *cwd;
	const char *home;     /* an empty directory that is made for 'uid' and 'gid', or NULL */
	const char *resolver; /* the text of its /etc/resolv.conf, or NULL for the host's */
	uid_t uid;	      /* as the sandbox has them */
	gid_t gid;
	enum tree_write write;
	int kept;  /* the directory for TREE_KEEP */
	bool open; /* everybody can enter the sandbox's own directories, for what is mounted in them */
};

/* Makes the tree, and appends to 'ret_places' the host's directories that the sandbox may write to. For TREE_THROW,
 * *ret_thrown becomes a descriptor of the directory in memory that has what is written, in the form of sandbox/kept.h,
 * with the sandbox's ids as the host sees them. Changes the mount namespace of this process to one of its own. A
 * descriptor, or -errno after a message. */
int tree_make(const struct tree_order *order, struct strv *ret_places, int *ret_thrown);
