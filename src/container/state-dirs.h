/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories on the host in which the program keeps its state. */
#pragma once

/* Creates the missing ones below the root, and closes the one that holds the containers' directories to all users but
 * root. Returns 1 if it created any, 0 if all were there, or -errno after a message. */
int state_dirs_make(int root_fd);
