/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of '/usr/local' is closed to users of the host, and therefore covered in a container, whose root could read it,
 * because it counts as the owner of '/usr'. */
#pragma once

struct context;
struct record;

/* Writes the list of what the container's init covers to 'path', a path on a line: each file that not all users may
 * read and each directory that not all may enter, except for what the record says is the service's. Directories with
 * something of the service's in them are covered in parts. Follows no links, and enters no mounts, which no container
 * has. 0, or -errno after a message: -E2BIG if the list would be longer than 1000 lines. */
int closed_write(const struct context *context, const struct record *record, const char *path);
