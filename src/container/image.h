/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems in files of the host, which are mounted through a loop device. Nothing has to clean up after one: the
 * device goes with its last user, which is the mount, and the mount with its last namespace or descriptor, however a
 * process ended. The kernel reads what is in the image, so the image has to be one that only root of the host can
 * write to: place_open_image(). */
#pragma once

#include <stdbool.h>

/* The type of the file system in 'fd', such as "ext4"; or NULL if that is not one that is mounted here. */
const char *image_type(int fd);

/* Mounts the file system in 'fd', which is 'path' below 'root_fd', is open for writing unless 'readonly', and stays
 * locked (flock(2)) as long as it is mounted: by anybody who may write alone. Its files get SELinux context 'context'
 * (NULL or "" for none) and the ids of 'userns' (-1 for their own), and neither device files nor set-user-ID programs
 * work. Returns the descriptor of a detached mount, for idmap_attach(); or -errno after a message. */
int image_mount(int root_fd, int fd, const char *path, const char *context, int userns, bool readonly);

/* The message for file 'path' if image_type() knows none in it. Returns -EINVAL. */
int image_say_unknown(const char *path);
