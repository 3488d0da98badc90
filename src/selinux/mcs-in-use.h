/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELinux levels that others than our containers have: virtual machines and containers of libvirt or of another
 * program. */
#pragma once

#include "selinux/mcs.h"

struct mcs_user {
	struct mcs_level level;
	char *user; /* "process 42" or "file '/etc/libvirt/lxc/x.xml'" */
};

/* Those of the processes that run and those that libvirt's domains are to get, running or not. What cannot be read has
 * none. Caller frees by foreign_done(). */
struct mcs_in_use {
	struct mcs_user *v;
	size_t n;
};
void mcs_in_use_read(int root_fd, struct mcs_in_use *ret);
void mcs_in_use_done(struct mcs_in_use *f);

/* The first that has 'level', or NULL. */
const struct mcs_user *mcs_in_use_find(const struct mcs_in_use *f, const struct mcs_level *level);
