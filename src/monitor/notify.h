/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both ends of sd_notify(3), for the monitor: it receives from the container's systemd and sends to the host's. */
#pragma once

#include <sys/types.h>

/* Returns a socket that is connected to the host's systemd; or -1 if systemd does not expect messages, or, after a
 * warning, if it cannot be reached. */
int notify_connect(void);

/* Sends 'text' on that socket, unless it is -1. A failure is only logged. */
void notify_host(int fd, const char *text);

/* Makes the directory 'dir' and a datagram socket 'dir'/notify, to which only root may send. Unless 'context' is NULL,
 * the socket has that SELinux context. Returns a non-blocking descriptor, or -errno. */
int notify_listen(const char *dir, const char *context);

/* Receives one message of at most 'size' bytes from that socket, without waiting for one. Returns its length, or
 * -errno. Whatever is sent with it, this takes no longer than a tenth of a second. */
int notify_receive(int fd, char *text, size_t size);
