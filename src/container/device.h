/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device of the host that a container is given: a character device below /dev, under the same path inside. */
#pragma once

#include <stdbool.h>

#define DEVICES_MAX 32

/* Whether the text can be the path of such a device. Pure. */
bool device_path_valid(const char *text);

/* Looks at the device, in whose place no user of the host can have put another one. *ret_open: whether every user of
 * the host may read and write it. 0; or -errno, with a sentence for the administrator in *ret_message (caller
 * frees). */
int device_check(int root_fd, const char *path, bool *ret_open, char **ret_message);
