/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit search path of a host, read once: the file to which a name leads, and the names that a unit has. Only units
 * of types that a container can have; an alias has the same type as its target. */
#pragma once

#include "base/strv.h"

struct unit_search;

enum unit_place { UNIT_OF_ADMINISTRATOR, UNIT_OF_GENERATOR, UNIT_OF_PACKAGE };

/* Who has put 'path' where it is: the administrator into /etc, /usr/local or /run; a generator into /run; or a package
 * into /usr. */
enum unit_place unit_place_of(const char *path);

/* The directories that hold units, most important first: the host's search path without the control directories, which
 * only systemd itself writes. NULL-terminated. */
extern const char *const unit_search_path[];

/* Reads the search path. 0; or -errno, with the directory that could not be read in *ret_path, which must not be
 * freed. */
int unit_search_read(int root_fd, struct unit_search **ret, const char **ret_path);
void unit_search_freep(struct unit_search **map);

/* Whether directory number 'dir' of the search path has something, of any type, with this name. */
bool unit_search_lists(const struct unit_search *map, size_t dir, const char *name);

/* Follows 'name' (full, and not a template) through aliases and templates to its unit. 0; -ENOENT if the name does not
 * exist; -ENXIO if an alias leads to a name that does not exist; or -ELOOP. In the last two cases, *ret_id is the name
 * where the search ended, and no path is stored. Caller frees both. */
int unit_search_find(const struct unit_search *map, const char *name, char **ret_id, char **ret_path);

/* Appends every name other than 'id' for which unit_search_find() would return 'id' and 'path', sorted. */
void unit_search_aliases(const struct unit_search *map, const char *id, const char *path, struct strv *ret);

/* Appends the names of all files with this suffix, aliases and templates among them, in order. */
void unit_search_names(const struct unit_search *map, const char *suffix, struct strv *ret);

/* Appends the names of the links in all directories like 'foo.target.wants' of one kind of place; for 'unit' NULL, in
 * those of all units. The kind is "wants" or "requires". */
void unit_search_links(const struct unit_search *map, const char *unit, const char *kind, enum unit_place place,
		       struct strv *ret);

/* Appends the names of the administrator's directories, like 'foo.target.wants', that have a link of this name. */
void unit_search_linked(const struct unit_search *map, const char *name, struct strv *ret);

/* Whether the file 'path' is empty or a link to /dev/null, which need not exist below the root: such a unit is
 * masked. */
bool unit_path_is_mask(int root_fd, const char *path);
