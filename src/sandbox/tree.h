/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root directory of a sandbox, as a tree of mounts that is attached nowhere: the host's mount table never has it,
 * and it disappears with the last descriptor of it, however its owner ended.
 *
 * What is shared is seen through an overlay without a writable layer, over a read-only mount with the sandbox's ids.
 * Inside, files belong to whom they belong on the host, but the kernel opens them with the credentials of whoever
 * mounted the overlay: here a user without any file, group and capability over files. So root inside reads what every
 * user of the host may read, and nothing else, and there is no list of secrets that could miss one (ovl_permission()
 * in the kernel; filesystems/overlayfs.rst, Permission model). */
#pragma once

#include <sys/types.h>

#include "base/util.h"

struct layout;
struct record;

struct tree_order {
	const struct layout *layout;
	const struct record *record; /* for its ids, and the context of its files */
	int cwd_fd; /* a directory of the host that is shown at 'cwd', read-only and with all that is in it; or -1 */
	const char *cwd;
	const char *home; /* an empty directory that is made for 'uid' and 'gid', or NULL */
	uid_t uid;	  /* as the sandbox has them */
	gid_t gid;
};

/* Makes the tree. Changes the mount namespace of this process to one of its own. A descriptor, or -errno after a
 * message. */
int tree_make(const struct tree_order *order);
