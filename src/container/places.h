/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories of the host in which containers' directories lie, or that are mounted in containers. A user of the
 * host may own some of the directories above them, so every way to them begins here, and goes on below the descriptor
 * that comes of it; the same path, walked again, may lead elsewhere. Symbolic links are followed only to the default
 * directory, which an administrator may have moved; everywhere else they are refused, because paths of containers and
 * mounts are compared as text. */
#pragma once

#include <stdbool.h>

/* Keeps everybody but root out of the default directory, whoever opened it (a package does at its upgrades): root of a
 * container can make a set-user-ID program there that belongs to id 0 on disk, and for a user of the host who could
 * reach it, it would be the host's root. 0, or -errno after a message. */
int places_close_default(int root_fd);

/* Opens the directory that holds the container's directory 'path', once only root can exchange it or what is in it:
 * what for to create or remove it. *ret_name points into 'path'. An O_PATH descriptor; -ENOENT without a message if
 * there is none; or another -errno after a message. */
int place_open_parent(int root_fd, const char *path, const char **ret_name);

/* The same once no user of the host can enter it either, for create and each start. The default directory is closed;
 * any other has to be. -ENOENT comes after a message. */
int place_open_closed(int root_fd, const char *path, const char **ret_name);

/* Whether there is an image in place of the container's directory 'path' (tree-image.h). */
bool place_has_image(int root_fd, const char *path);

/* Opens the container's tree: the directory 'path' itself, or what is in the image there, with all above it as for
 * place_open_parent() or, if 'closed', for place_open_closed(). An O_PATH descriptor, or -errno after a message. */
int place_open_tree(int root_fd, const char *path, bool closed);

/* Opens a directory of the host that is to be mounted in a container. Users may own it and the directories above it,
 * but cannot have one opened that they could not reach by themselves (guarded.h, GUARD_USERS). *ret_closed, which may
 * be NULL: whether a directory of root's keeps users out of it. An O_PATH descriptor, or -errno after a message. */
int place_open_source(int root_fd, const char *source, bool *ret_closed);

/* Opens the image of a file system, for reading or also for writing. Only root may be able to exchange it or write to
 * it, because the kernel relies on what it reads there. A descriptor, or -errno after a message. */
int place_open_image(int root_fd, const char *path, bool readonly);
