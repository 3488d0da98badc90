/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories on the host in which the program keeps its state. */
#pragma once

#include "base/rootfd.h"

/* Creates the missing ones below the root, and closes that of the trees to all users but root. Returns 1 if it created
 * or closed any, 0 if all were right, or -errno after a message. */
int state_dirs_make(int root_fd);

/* Closes the directory that holds the containers' trees to everybody but root, in case something has opened it, as the
 * upgrade of a package does. Root in a container can make a set-user-ID program there that belongs to id 0 on disk; a
 * user of the host who could run it would become root. Called by create and at each start. 0, or -errno after a
 * message. */
int state_dirs_guard(int root_fd);

/* The same for the tree at 'path', wherever it is. A directory that is not ours must be closed already. */
int state_dirs_guard_tree(int root_fd, const char *path);

/* How to walk to the tree at 'path'. If it is not in the usual directory, a user of the host may be able to plant links
 * on the way, so links are not followed. */
enum walk state_dirs_walk(const char *path);
