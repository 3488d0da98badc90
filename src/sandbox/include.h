/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files and directories of the host that a sandbox gets copies of, as the option --include has them. A copy belongs to
 * the user who runs the command, and lies in a directory that the sandbox has for itself. Users of the host may own
 * what is copied, and change it meanwhile: no link is followed, and no other mount is entered. */
#pragma once

#include "base/util.h"

struct caller;
struct layout;
struct mounts;

#define INCLUDES_MAX 64

struct include {
	char *host;  /* as it was given */
	char *guest; /* absolute, and normal (base/path.h) */
	int fd;	     /* O_PATH of what is at 'host', once that is open; else -1 */
};

struct includes {
	struct include *v;
	size_t n;
};
void includes_done(struct includes *includes);

/* Appends what the text 'HOST=GUEST' says. NULL, or what the text has to be; caller frees. */
char *includes_parse(const char *text, struct includes *includes);

/* Opens them, and checks that each has a place in the sandbox, where no mount hides it: 'shown' is a directory of the
 * host that is shown there, or NULL. 0, or -errno after a message. */
int includes_open(int root_fd, const struct caller *caller, const struct layout *layout, const struct mounts *mounts,
		  const char *shown, struct includes *includes);

/* Copies one that is open to its place below directory 'own', for 'uid' and 'gid' as the host has them. The umask must
 * be 0. 0, or -errno after a message. */
int include_copy(const struct include *include, int own, uid_t uid, gid_t gid);
