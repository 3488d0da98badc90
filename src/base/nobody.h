/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Giving up all rights, in a process of its own that works on what a container or an archive says. The user is not
 * 'nobody', who other programs may be, too: the kernel lets processes of one user trace and stop each other, and read
 * each other's descriptors (ptrace(2), kill(2), proc(5)). */
#pragma once

#include <stddef.h>

/* Makes this process, if it is root's, one of a user and group that no other process has, without other groups and
 * capabilities; it ends with its parent, and gains nothing by execve(2). The 'n' files become that user's. In a user
 * namespace without such ids, the user is 65534. 0 or -errno; -EINVAL or -EPERM, with the user as it was, if the
 * namespace does not have that one either. */
int nobody_become(const int files[], size_t n);
