/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the host's units, generators, sysusers.d and tmpfiles.d files a container may use: those that its packages
 * installed, without those that make no sense in a container. Its init masks all others. */
#pragma once

#include "base/context.h"
#include "container/record.h"

/* Writes the list for this start to 'path', from the package database, or from what was kept of the last start where
 * the host's packages brought nothing new since. 0, or -errno after a message. */
int allow_write(const struct context *context, const struct record *record, const char *path);
