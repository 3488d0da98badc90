/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The accounts that sysusers.d(5) defines but the host does not have yet. Changes nothing on the host. */
#pragma once

#include "base/accounts.h"

/* Reads the sysusers.d files below the root and adds to 'accounts' those users, groups and memberships that
 * systemd-sysusers(8) would add to these accounts, with the numbers that it would choose. Their 'source' is the file
 * that defines them. Lines that systemd-sysusers would refuse, or that need a specifier for a name or number, are
 * skipped, and so are files that cannot be read. */
void sysusers_add(int root_fd, struct accounts *accounts);
