/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors that go from one process to another, over a socket of packets between the two: SCM_RIGHTS of unix(7). */
#pragma once

#include <stddef.h>

#define FDPASS_MAX 2 /* descriptors at a time */

/* Sends 'text' with 'n' descriptors, which stay open here. 0 or -errno. */
int fdpass_send(int socket, const char *text, const int *fds, size_t n);

/* What was sent, without waiting: 'text', of 'size' bytes, gets its end. The caller closes the descriptors. 0; -EBADMSG
 * for anything but 'n' of them, and for the end of the other side; or another -errno. */
int fdpass_receive(int socket, char *text, size_t size, int *ret_fds, size_t n);
