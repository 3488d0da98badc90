/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The installed packages, and those that were removed but not purged, read from dpkg's status file. */
#pragma once

#include "package/dpkg-relation.h"
#include "package/pkg-index.h"

enum dpkg_field {
	DPKG_PACKAGE,
	DPKG_SOURCE,
	DPKG_STATUS,
	DPKG_ARCHITECTURE,
	DPKG_VERSION,
	DPKG_MULTI_ARCH,
	DPKG_DEPENDS,
	DPKG_PRE_DEPENDS,
	DPKG_RECOMMENDS,
	DPKG_PROVIDES,
	DPKG_CONFFILES,
	DPKG_FIELDS
};

struct dpkg_package {
	struct dpkg_text field[DPKG_FIELDS]; /* as in the file, continuation lines included */
	bool several;			     /* installed for more than one architecture */
};

struct dpkg_status {
	char *text;
	struct dpkg_package *v;
	size_t n;
	struct dpkg_package *removed; /* not installed, but their configuration was not purged */
	size_t n_removed;
	struct pkg_index names, provides; /* to the places in v */
	struct dpkg_text native;	  /* the architecture of the system */
};
void dpkg_status_done(struct dpkg_status *status);

/* Takes ownership of 'text'. Never fails: skips everything but the paragraphs of packages that are installed
 * or not purged. */
void dpkg_status_parse(char *text, size_t len, struct dpkg_status *ret);

/* The package 'name' or 'name:arch'; if there are several, that of the native architecture. NULL if none is
 * installed. */
struct dpkg_package *dpkg_status_find(struct dpkg_status *status, const char *name);

/* The package's id: 'name', or 'name:arch' if it is installed for several architectures. Caller frees. */
char *dpkg_status_id(const struct dpkg_package *package);

/* Appends the places in v of the packages that satisfy 'group', a list of alternatives of which 'package' requires
 * one. */
void dpkg_status_satisfy(struct dpkg_status *status, const struct dpkg_package *package, struct dpkg_text group,
			 struct pkg_picks *ret);
