/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a container as one archive: a tar file in the pax format, compressed by zstd. Its members are a manifest, the
 * record, what the container was given, the files that it has for itself, with all that the file system keeps about
 * them, and the end. Owners are those that the container sees. A directory comes before what is in it. */
#pragma once

#include "base/context.h"
#include "container/record.h"

/* The members of an archive. */
#define MEMBER_MANIFEST "manifest"
#define MEMBER_RECORD "record"
#define MEMBER_GIVEN "given" /* missing if nobody knows */
#define MEMBER_TREE "tree"   /* followed by a path inside */
#define MEMBER_END "end"     /* comes last; its text is how many came before */

/* Writes the archive to 'fd'. The container's tree must not change meanwhile. 0; -EINTR, without a message, after a
 * signal (base/signals.h); or another -errno after a message. */
int export_write(const struct context *context, const struct record *record, int fd);
