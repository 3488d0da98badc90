/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file or directory of the host that a caller has named, to be seen in a sandbox. Users of the host may own what is
 * on the way, and change it meanwhile: no link is followed, and nothing is taken for what it is not (base/guarded.h).
 */
#pragma once

#include <sys/types.h>

struct caller;

struct host_file {
	char *path; /* absolute, and normal (base/path.h) */
	char *name; /* the last part of it; in 'path' */
	int dir;    /* O_PATH of the directory that it is in */
	int fd;	    /* O_PATH of the file or directory */
	mode_t type;
};
#define HOST_FILE_INIT ((struct host_file){ .dir = -1, .fd = -1 })
void host_file_done(struct host_file *file);

/* Opens what the caller calls 'given', which may be relative. 'done' is what cannot be done to it, as messages say it:
 * "included". 0; or -errno after a message. */
int host_file_open(int root_fd, const struct caller *caller, const char *given, const char *done,
		   struct host_file *ret);
