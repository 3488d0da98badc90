/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit search path of a host, read once: which file a name leads to, and by which names a unit is known. Services
 * only, since an alias never crosses types. */
#pragma once

#include "base/strv.h"

struct unit_search;

/* The directories that hold units, most important first: the host's search path, without the directories for control
 * that only systemd itself writes. NULL-terminated. */
extern const char *const unit_search_path[];

/* Reads the search path. 0, or -errno and in *ret_path the directory that could not be read, which is not to be
 * freed. */
int unit_search_read(int root_fd, struct unit_search **ret, const char **ret_path);
void unit_search_freep(struct unit_search **map);

/* Follows 'name' (full, no template) over aliases and templates to its unit. 0; -ENOENT when there is no such name;
 * -ENXIO when an alias leads to a name that is not there; -ELOOP. In the last two cases *ret_id is that name, and no
 * path is stored. Caller frees both. */
int unit_search_find(const struct unit_search *map, const char *name, char **ret_id, char **ret_path);

/* Appends every name but 'id' that unit_search_find() leads to 'id' and 'path', sorted. */
void unit_search_aliases(const struct unit_search *map, const char *id, const char *path, struct strv *ret);

/* Whether the file 'path' is empty or a link to /dev/null, which need not exist below the root: a masked unit. */
bool unit_path_is_mask(int root_fd, const char *path);
