/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts of directories of the host with their ids mapped to a container's range (mount_setattr(2), Linux 5.12): on
 * disk they stay 0 to 65535, and nothing is chowned. */
#pragma once

#include "base/util.h"

/* Makes a user namespace in which the 'count' ids from 0 are the host's from 'base'. A descriptor, or -errno. */
int idmap_userns(uint32_t base, uint32_t count);

/* Some ids from 'disk' on are the host's from 'host' on. */
struct idmap_range {
	uint32_t disk, host, count;
};

/* Makes one with these ranges alone, of which no two overlap. A descriptor, or -errno: -EINVAL if the kernel does not
 * take so many. */
int idmap_userns_of(const struct idmap_range *uids, size_t n_uids, const struct idmap_range *gids, size_t n_gids);

/* Makes one that maps nothing but the last id there is: files in a mount mapped by it belong to nobody, so everybody,
 * root too, may do only what the modes allow others. A descriptor, or -errno. */
int idmap_nobody(void);

enum {
	IDMAP_READONLY = 1 << 0,
	IDMAP_NOSUID = 1 << 1, /* set-user-ID programs and file capabilities have no effect */
};

/* A detached mount of the directory or file 'fd', without the mounts below it, mapped by 'userns' (-1 for no mapping),
 * private, and without device nodes. A descriptor, or -errno: -EINVAL if its file system cannot be mapped, -ENOSYS if
 * the kernel cannot do it. */
int idmap_clone(int fd, int userns, unsigned int flags);

/* Restricts and maps a detached mount in the same way, one of fsmount(2), which nothing has seen yet. 0 or -errno, as
 * above. */
int idmap_set(int mount, int userns, unsigned int flags);

/* Attaches such a mount to 'path', a directory or file as it is. 0 or -errno. */
int idmap_attach(int mount, const char *path);
