/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which paths dpkg's packages own: the files NAME.list, with diversions applied. */
#pragma once

#include "base/buf.h"
#include "package/dpkg-status.h"

struct dpkg_files {
	int info_fd;		/* of /var/lib/dpkg/info */
	struct buf buffer;	/* one file at a time is read into it */
	struct pkg_index paths; /* of all packages; filled at the first search for an owner */
	bool indexed;
	char *diversions;			      /* text of the file, or NULL */
	struct pkg_index diverted, diversion_targets; /* from a path to the place of its line in the text */
};
void dpkg_files_done(struct dpkg_files *lists);

/* Opens the directory of the lists and reads the diversions. 0 or -errno. */
int dpkg_files_open(int root_fd, struct dpkg_files *ret);

/* Calls 'found' for each path of the package that matters or is a program (see pkg.h), normalised and with diversions
 * applied. 0 or -errno. */
typedef void (*dpkg_path_fn)(void *arg, const char *path);
int dpkg_files_each(struct dpkg_files *lists, const struct dpkg_package *package, dpkg_path_fn found, void *arg);

/* Appends the places in 'status' of all packages that own 'path' (normalised). 0 or -errno. */
int dpkg_files_owners(struct dpkg_files *lists, struct dpkg_status *status, const char *path, struct pkg_picks *ret);

/* Opens 'NAME.SUFFIX' or 'NAME:ARCH.SUFFIX' in /var/lib/dpkg/info and reads it into lists->buffer, NUL-terminated.
 * -ENOENT if the package has none. */
int dpkg_files_read(struct dpkg_files *lists, const struct dpkg_package *package, const char *suffix);
