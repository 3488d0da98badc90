/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process between us and a socket whose other end belongs to a container. It passes on bytes in both directions, and
 * descriptors to the container, but accepts none from it. */
#pragma once

/* Starts a courier for the stream socket 'fd', which is closed here in any case. Returns 0, with our end of a stream
 * socket to the courier, which ends when the container's does; or -errno. The courier is killed when we end, and ends
 * by itself after our end is closed, unless the container keeps it waiting. It need not be waited for. */
int courier_start(int fd, int *ret);
