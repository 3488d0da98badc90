/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packages of an rpm database, and the keys by which they are found. Knows nothing of librpm. */
#pragma once

#include "package/pkg-index.h"

struct rpm_package {
	unsigned int instance; /* its number in the database */
	char *name, *arch, *evr;
	char *source; /* the name of the source package */
	char *id;
};

struct rpm_table {
	struct rpm_package *v;
	size_t n;
	struct pkg_index names, ids, instances, paths; /* to the places in v */
};
void rpm_table_done(struct rpm_table *table);

/* Adds a package, whose id may be NULL, and takes ownership of its texts. Returns its place in v. */
uint32_t rpm_table_add(struct rpm_table *table, struct rpm_package package);

/* Gives each package the shortest of the ids 'name', 'name.arch' and 'name-evr.arch' that is unique. */
void rpm_table_make_ids(struct rpm_table *table);

/* Finds a package by id or by name: of several with that name, that of this machine's architecture, and of those the
 * one installed last. NULL if there is none. */
struct rpm_package *rpm_table_find(struct rpm_table *table, const char *name);
