/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completes and checks the record of a container that is to be changed, as create checks what it is asked for. Only
 * what differs from the present record is looked at: a device that is unplugged today does not keep the host name from
 * being changed. Reads the host, and changes nothing on it. */
#pragma once

#include "base/context.h"
#include "container/record.h"

/* 'now' is the record, and 'tree_fd' the tree. 'record' is what it is to be; an interface in it may lack its address
 * and its hardware address, which are allocated. 'attempt' is how many times another command was faster. *ret_macs gets
 * the hardware addresses that are asked for. 0, or -errno after a message. */
int settle(const struct context *context, int tree_fd, const struct record *now, unsigned int attempt,
	   struct record *record, struct strv *ret_macs);
