/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the host's units, generators, sysusers.d and tmpfiles.d files a container may use: those of its packages,
 * except those that make no sense in a container. Its init masks all others. */
#pragma once

#include "base/context.h"
#include "container/record.h"

/* Writes the list for this start to 'path', an absolute path on the host. It is read from the package database or, if
 * the host's packages have not changed since, from the last start. 0, or -errno after a message. */
int unit_allow_write(const struct context *context, const struct record *record, const char *path);
