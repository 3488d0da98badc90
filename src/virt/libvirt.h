/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to libvirt, and its error messages. Every int function of virt/libvirt*.h returns 0 or more, or -errno
 * after a message unless the comment says otherwise. */
#pragma once

#include <stdbool.h>

struct _virConnect;

/* Connect to 'uri', such as "lxc:///". 0, or -ENOTCONN. libvirt_reach() is for callers that can do without libvirt, and
 * prints no message. */
int libvirt_open(const char *uri, struct _virConnect **ret);
int libvirt_reach(const char *uri, struct _virConnect **ret);
void libvirt_closep(struct _virConnect **conn);

/* The version of libvirt: 9001002 is 9.1.2. */
int libvirt_version(struct _virConnect *conn, unsigned long *ret);

/* For libvirt-*.c: libvirt's last error as one line, valid until the next call; and whether it is 'code', a value of
 * enum virErrorNumber. */
const char *libvirt_reason(void);
bool libvirt_error_is(int code);

/* Whether that error is from a part of libvirt: a value of enum virErrorDomain. */
bool libvirt_error_is_from(int part);
