/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a root's rpm database is, and how librpm may read it without writing anything. */
#pragma once

#include "base/util.h"

struct rpm_place {
	const char *name; /* "/var/lib/rpm" or "/usr/lib/sysimage/rpm", in the root */
	const char *file; /* its main file there */
	const char *kind; /* what librpm calls this kind of database */
	char *path;	  /* for librpm; set by rpm_place_prepare() */
	int fd;		  /* the directory */
	bool temporary;	  /* 'path' is a folder of ours */
};
void rpm_place_done(struct rpm_place *place);

/* 0, -ENOENT, or another -errno. 'ret' may be NULL. */
int rpm_place_find(int root_fd, struct rpm_place *ret);

/* Makes 'path'. 0, -EBUSY where a program keeps all readers out, or another -errno. */
int rpm_place_prepare(int root_fd, struct rpm_place *place);

/* Removes what rpm_place_prepare() made; once the database is open, it is no longer needed by name. */
void rpm_place_clean(struct rpm_place *place);
