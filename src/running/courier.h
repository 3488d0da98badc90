/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process between us and a socket whose other end belongs to a container. It carries bytes both ways, and descriptors
 * out, but takes none from the container. */
#pragma once

/* Starts a courier for the stream socket 'fd', which is closed here in any case. Returns 0 with our end of a stream
 * socket to it, which ends when the container's does; or -errno. The courier is killed when we end, and ends by itself
 * after our end is closed, unless the container keeps it; nobody needs to wait for it. */
int courier_start(int fd, int *ret);
