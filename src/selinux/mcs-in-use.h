/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SELinux levels that others than our containers have: virtual machines and containers of libvirt or of another program. */
#pragma once

#include "selinux/mcs.h"

struct foreign {
	struct level level;
	char *user; /* "process 42" or "file '/etc/libvirt/lxc/x.xml'" */
};

/* Those of the processes that run and those that libvirt's domains are to get, running or not. What cannot be read has
 * none. Caller frees by foreign_done(). */
struct foreigns {
	struct foreign *v;
	size_t n;
};
void foreigns_read(int root_fd, struct foreigns *ret);
void foreigns_done(struct foreigns *f);

/* The first that has 'level', or NULL. */
const struct foreign *foreigns_find(const struct foreigns *f, const struct level *level);
