/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A container's tree in an image: in place of the container's directory there is a file, with an ext4 file system whose
 * size is the container's limit on the disk. Nobody ever sees a mount of it on the host. Whoever needs the tree mounts
 * the image for itself, attached nowhere, and all share one file system; when the last one is gone, so are the mount
 * and the loop device. So there is nothing to clean up after a kill, and the file can be renamed, exchanged and removed
 * as a directory can.
 *
 * The file and the file system's root are closed to everybody but root of the host. The tree is a directory in it, so
 * root in the container reaches neither. It writes files into the file system, but never to the file. */
#pragma once

#include "base/util.h"

/* Whether images can be made here: 0, or -ENOENT after a message about the program that is missing, in which the
 * container has this name. */
int tree_image_check(const char *name);

/* Makes the image 'name' in directory 'dir', a sparse file of so many bytes. 'path' is its path on the host, and
 * 'context' the SELinux context of the container's files, or NULL or "". The descriptor of a detached mount of it, in
 * which the caller makes TREE_IMAGE_TREE; or -errno after a message, when the file may exist. */
int tree_image_make(int root_fd, int dir, const char *name, const char *path, uint64_t bytes, const char *context);
#define TREE_IMAGE_TREE "tree"

/* A detached mount of the image 'name' in 'dir', for idmap_attach(); as long as that is neither attached nor closed.
 * -errno after a message. */
int tree_image_mount(int root_fd, int dir, const char *name, const char *path);

/* The tree in it: an O_PATH descriptor that is valid for itself, or -errno after a message. */
int tree_image_open(int root_fd, int dir, const char *name, const char *path);

/* Makes the image and its file system as large as this, mounted or not, unless they are already. A call that was cut
 * short is completed by the next one. 0, or -errno after a message. */
int tree_image_grow(int root_fd, int dir, const char *name, const char *path, uint64_t bytes);

/* How many bytes are in use in the file system of 'tree'. 0 or -errno. */
int tree_image_used(int tree, uint64_t *ret);
