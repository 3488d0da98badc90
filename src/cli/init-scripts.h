/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Init scripts of the host that may take programs in containers for their own. */
#pragma once

#include "base/strv.h"

struct context;

/* Appends "'SCRIPT' (PROGRAM)" for each script of /etc/init.d that systemd runs for lack of a unit, and that names a
 * program which a process of another pid namespace is running. What cannot be read is skipped. */
void init_scripts_misled(const struct context *context, struct strv *ret);
