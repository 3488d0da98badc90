/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs about a directory of --write=keep=DIR, and the option --diff. */
#pragma once

#include "base/verb.h"

extern const struct verb *const kept_verbs[]; /* ends with NULL */

/* Prints the changes in the directory that 'dir_fd' is, as 'virt-sandbox diff' does. 0, or -errno after a message. */
int kept_diff(const struct context *context, int dir_fd, bool json);
