/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to libvirt, and what libvirt says when something fails. Every int function of virt/libvirt*.h returns
 * 0 or more, or -errno after one message unless it says otherwise. */
#pragma once

#include <stdbool.h>

struct _virConnect;

/* Connects to 'uri', "lxc:///" say. 0, or -ENOTCONN: libvirt_reach() is for callers that manage without libvirt and
 * says nothing. */
int libvirt_open(const char *uri, struct _virConnect **ret);
int libvirt_reach(const char *uri, struct _virConnect **ret);
void libvirt_closep(struct _virConnect **conn);

/* libvirt's own version: 9001002 is 9.1.2. */
int libvirt_version(struct _virConnect *conn, unsigned long *ret);

/* For libvirt-*.c: the last error of libvirt as one line, valid until the next call; and whether it is the error 'code'
 * of enum virErrorNumber. */
const char *libvirt_reason(void);
bool libvirt_error_is(int code);
