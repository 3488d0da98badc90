/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which paths dpkg's packages own: the files NAME.list, with diversions applied. */
#pragma once

#include "base/buf.h"
#include "package/dpkg-status.h"
#include "package/pkg-cache.h"

struct dpkg_files {
	int root_fd;				      /* borrowed */
	int info_fd;				      /* of /var/lib/dpkg/info */
	struct buf buffer;			      /* one file at a time is read into it */
	char *diversions;			      /* text of the file, or NULL */
	struct pkg_index diverted, diversion_targets; /* from a path to the place of its line in the text */
	/* Filled at the first search for an owner: */
	bool indexed;
	bool kept;		  /* for the next command */
	struct pkg_stamp stamp;	  /* of what the indexes were made from, but for the lists */
	struct pkg_index facts;	  /* of the list of each package, in their order */
	bool *current;		  /* the lists that are known to be those that the indexes were made from */
	struct pkg_index paths;	  /* of all packages */
	struct pkg_index scripts; /* the names of all scripts */
	uint32_t *by_package;	  /* the rows of 'paths' in the order of packages; see dpkg-files.c */
};
void dpkg_files_done(struct dpkg_files *lists);

/* Opens the directory of the lists and reads the diversions. 0 or -errno. */
int dpkg_files_open(int root_fd, struct dpkg_files *ret);

/* Calls 'found' for each path of the package at that place in 'status' that matters or is a program (see pkg.h),
 * normalised and with diversions applied. 0 or -errno. */
typedef void (*dpkg_path_fn)(void *arg, const char *path);
int dpkg_files_each(struct dpkg_files *lists, const struct dpkg_status *status, uint32_t place, dpkg_path_fn found,
		    void *arg);

/* Appends the places in 'status' of all packages that own 'path' (normalised). 0 or -errno. */
int dpkg_files_owners(struct dpkg_files *lists, struct dpkg_status *status, const char *path, struct pkg_picks *ret);

/* Keeps the index for the next command, if there is one and it was not kept before. 0 or -errno. */
int dpkg_files_keep(struct dpkg_files *lists);

/* Opens 'NAME.SUFFIX' or 'NAME:ARCH.SUFFIX' in /var/lib/dpkg/info and reads it into lists->buffer, NUL-terminated. The
 * suffix is "list", or that of another file that the package brought there. -ENOENT if the package has none. */
int dpkg_files_read(struct dpkg_files *lists, const struct dpkg_package *package, const char *suffix);
