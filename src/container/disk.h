/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of a file system the files of a container may take: a project quota (quotactl(2)). Everything that is
 * made in a directory belongs to the directory's project, so a container's tree gets its own when it is made, before
 * anything is in it, and whether or not there is a limit: one can then be set at any time. The number of the project
 * is the first user id of the container, which no other container has. Root inside cannot change it, because the
 * kernel lets nobody do so in a user namespace; and what the host's root writes is counted, but never refused.
 * Snapshots do not count. */
#pragma once

#include "container/record.h"

/* Gives the new, empty directory 'tree' the project of the container whose ids begin at 'project'; nothing for 0. A
 * file system that has no projects, or a directory in which an administrator counts by a project already, is left as it
 * is; disk_limit() tells. */
void disk_begin(int tree, uint32_t project);

/* Whether the file system of 'fd', which may be an O_PATH descriptor, refuses what a project may not have. */
bool disk_enforces(int fd);

/* Refuses a limit where there can be none: 'fd' is the tree of container 'name' or the directory that will hold it, and
 * 'own_ids' is whether it has ids of its own. 0, or -errno after a message. */
int disk_check(int fd, const char *name, const char *path, bool own_ids);

/* Makes the record's limit that of 'tree'. Without one, it removes any that the tree has. 0, or -errno after a
 * message. */
int disk_limit(int tree, const struct record *record);

/* Removes the limit that belongs to 'tree', which is about to disappear, if it has that project. */
void disk_end(int tree, uint32_t project);

/* How many bytes the container takes. 0; or -ENODATA, or another -errno, if the file system does not count. */
int disk_used(int tree, uint32_t project, uint64_t *ret);
