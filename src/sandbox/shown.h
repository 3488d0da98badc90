/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files and directories of the host that a sandbox sees although they are covered or closed there, as the option --show
 * has them: read-only, at their own paths, and whatever their modes. */
#pragma once

#include "sandbox/host-file.h"

struct caller;
struct layout;

#define SHOWN_MAX 64

struct shown {
	struct host_file *v; /* sorted by path, so that a directory comes before those below it */
	size_t n;
};
void shown_done(struct shown *shown);

/* Appends the path. NULL, or what it has to be; caller frees. */
char *shown_parse(const char *text, struct shown *shown);

/* Opens them, checks that a sandbox can have them, and warns of the secrets that they hold. 0, or -errno after a
 * message. */
int shown_open(int root_fd, const struct caller *caller, const struct layout *layout, struct shown *shown);
