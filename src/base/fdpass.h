/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends descriptors to another process over a packet socket, with SCM_RIGHTS of unix(7). */
#pragma once

#include <stddef.h>

#define FDPASS_MAX 5 /* descriptors at a time */

/* Sends 'text' with 'n' descriptors, which stay open here. 0 or -errno. */
int fdpass_send(int socket, const char *text, const int *fds, size_t n);

/* Receives a message without waiting: text of at most 'size' bytes with the NUL, and exactly 'n' descriptors, which the
 * caller closes. 0; -EBADMSG if there are more or fewer descriptors or the peer is gone; or another -errno. */
int fdpass_receive(int socket, char *text, size_t size, int *ret_fds, size_t n);
