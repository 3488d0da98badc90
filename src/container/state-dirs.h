/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of the host in which the tool keeps what it knows. */
#pragma once

#include "base/rootfd.h"

/* Makes those that are missing below the root, and closes that of the trees to other users than root. 1 made or closed
 * some, 0 all were right, -errno after a message. */
int state_dirs_make(int root_fd);

/* Keeps everybody but root out of the directory that holds the containers' trees, whoever opened it (a package does at
 * its upgrades): root of a container can make a set-user-ID program there that belongs to id 0 on disk, and for a user
 * of the host who could reach it, it would be the host's root. For create and each start. 0, or -errno after a
 * message. */
int state_dirs_guard(int root_fd);

/* The same for the tree at 'path', wherever it is: a directory that is not ours has to be closed already. */
int state_dirs_guard_tree(int root_fd, const char *path);

/* How to walk to the tree at 'path': on the way to one that is not among the others a user of the host may have the
 * right to plant links, which then are not followed. */
enum walk state_dirs_walk(const char *path);
