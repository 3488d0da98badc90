/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network interfaces of the host. */
#pragma once

/* Removes interface 'name', and the other end of a pair with it. 0, also where there is none, or -errno. */
int netlink_remove(const char *name);
