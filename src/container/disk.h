/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of a file system the files of a container may take: a project quota (quotactl(2)), or the size of an image
 * (tree-image.h) where there are no such quotas, or where one was asked for.
 *
 * Everything that is made in a directory belongs to the directory's project, so a container's tree gets its own when it
 * is made, before anything is in it, and whether or not there is a limit: one can then be set at any time. The number
 * of the project is the first user id of the container, which no other container has. Root inside cannot change it,
 * because the kernel lets nobody do so in a user namespace; and what the host's root writes is counted, but never
 * refused. Snapshots do not count. */
#pragma once

#include "container/record.h"

/* Gives the new, empty directory 'tree' the project of the container whose ids begin at 'project'; nothing for 0. A
 * file system that has no projects, or a directory in which an administrator counts by a project already, is left as it
 * is; disk_limit() tells. */
void disk_begin(int tree, uint32_t project);

/* Whether the file system of 'fd', which may be an O_PATH descriptor, refuses what a project may not have. */
bool disk_enforces(int fd);

/* Decides whether the tree of a new container is made in an image: if it has a limit, and an image was 'asked' for or
 * its file system cannot limit it otherwise. 0; or -errno after a message if it cannot have one. */
int disk_choose(int root_fd, const struct record *record, bool asked, bool *ret_image);

/* Makes the record's limit that of the container's tree. Without one, it removes any that the tree has; an image is
 * never made smaller. 0, or -errno after a message. */
int disk_limit(int root_fd, int tree, const struct record *record);

/* Whether the container's tree, which is 'tree', has to be made anew for the limit of 'record' in place of that of
 * 'old': an image that gets less or none, or a directory that cannot be limited. What size an image has, it says
 * itself: a command that was killed may have changed one of image and record. */
bool disk_needs_new_tree(int root_fd, int tree, const struct record *old, const struct record *record);

/* Removes the limit that belongs to 'tree', which is about to disappear, if it has that project. */
void disk_end(int tree, uint32_t project);

/* How many bytes the container takes. 0; or -ENODATA, or another -errno, if nothing counts them. */
int disk_used(int root_fd, const struct record *record, uint64_t *ret);
