/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of sd_notify(3), for the monitor: it hears the container's systemd and tells the host's. */
#pragma once

#include <sys/types.h>

/* Sends 'text' to the host's systemd where it waits for that; a failure is logged, since nothing else can be done. */
void notify_host(const char *text);

/* A datagram socket at 'dir'/notify, with the directory made, that only root may send to; with an SELinux context, if
 * not NULL, as a process of that context would have made it. A descriptor that does not block, or -errno. */
int notify_listen(const char *dir, const char *context);

/* Receives one message of at most 'size' bytes from that socket, without waiting for one. Returns its length; or -1 and
 * sets errno. Whatever is sent with it, this takes no longer than a tenth of a second. */
ssize_t notify_receive(int fd, char *text, size_t size);
