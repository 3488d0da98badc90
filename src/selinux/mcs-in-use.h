/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Levels that are not those of our containers, but of virtual machines and of other programs' containers. */
#pragma once

#include "selinux/mcs.h"

struct mcs_user {
	struct mcs_level level;
	char *user; /* "process 42" or "file '/etc/libvirt/lxc/x.xml'" */
};

/* The levels of running processes and of libvirt's domains, running or not. What cannot be read is ignored. To be freed
 * with mcs_in_use_done(). */
struct mcs_in_use {
	struct mcs_user *v;
	size_t n;
};
void mcs_in_use_read(int root_fd, struct mcs_in_use *ret);
void mcs_in_use_done(struct mcs_in_use *f);

/* The first user of 'level', or NULL. */
const struct mcs_user *mcs_in_use_find(const struct mcs_in_use *f, const struct mcs_level *level);
