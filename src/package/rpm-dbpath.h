/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a root's rpm database is, and how librpm may read it without writing anything. */
#pragma once

#include "base/util.h"

struct rpm_dbpath {
	const char *name; /* the directory in the root, such as "/var/lib/rpm" */
	const char *file; /* its main file in there */
	const char *kind; /* what librpm calls this kind of database */
	char *path;	  /* for librpm; set by rpm_dbpath_prepare() */
	int fd;		  /* the directory */
	bool temporary;	  /* 'path' is a temporary copy */
};
void rpm_dbpath_done(struct rpm_dbpath *place);

/* Finds the database; 'ret' may be NULL. 0, -ENOENT, or another -errno. */
int rpm_dbpath_find(int root_fd, struct rpm_dbpath *ret);

/* Sets place->path. 0, -EBUSY if another program keeps all readers out, or another -errno. */
int rpm_dbpath_prepare(int root_fd, struct rpm_dbpath *place);

/* Removes the temporary copy. To be called as soon as the database is open, when its path is no longer needed. */
void rpm_dbpath_clean(struct rpm_dbpath *place);
