/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems in files of the host, which are mounted through a loop device. Nothing has to clean up after one: the
 * device goes with its last user, which is the mount, and the mount with its last namespace or descriptor, however a
 * process ended. The kernel reads what is in the image, so the image has to be one that only root of the host can
 * write to: place_open_image(). */
#pragma once

#include "base/strv.h"

/* The type of the file system in 'fd', such as "ext4"; or NULL if that is not one that is mounted here. */
const char *image_type(int fd);

/* Mounts the file system in 'fd', which is 'path' below 'root_fd', is open for writing unless 'readonly', and stays
 * locked (flock(2)) as long as it is mounted: by anybody who may write alone. Its files get SELinux context 'context'
 * (NULL or "" for none) and the ids of 'userns' (-1 for their own), and neither device files nor set-user-ID programs
 * work. Returns the descriptor of a detached mount, for idmap_attach(); or -errno after a message. */
int image_mount(int root_fd, int fd, const char *path, const char *context, int userns, bool readonly);

/* The message for file 'path' if image_type() knows none in it. Returns -EINVAL. */
int image_say_unknown(const char *path);

/* Binds the file 'fd', which is 'path', to a free loop device below 'root_fd'. *ret_device is the path of the device,
 * for the caller to free. A descriptor, which keeps the device until it is mounted, or -errno. */
int image_attach(int root_fd, int fd, const char *path, bool readonly, char **ret_device);

/* Mounts the file system of this type on 'device', without device files. An option is "KEY" or "KEY=VALUE"; they have
 * no effect if it is mounted already, in which case this is another mount of the same file system. The descriptor of a
 * detached mount, or -errno. */
int image_mount_device(const char *type, const char *device, const struct strv *options, bool nosuid);
