/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network interfaces of the host, by rtnetlink(7). */
#pragma once

/* Removes interface 'name', and with it the other end of a pair. 0, also if there is no such interface, or -errno. */
int netlink_remove(const char *name);
