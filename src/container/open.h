/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a verb gets at a container: its name is checked, it is locked, its record is read, and what was left half-made is
 * refused, each with the one sentence for it. */
#pragma once

#include "container/lock.h"
#include "container/record.h"

enum open_state {
	OPEN_READY, /* a container that create finished */
	OPEN_ANY,   /* or did not: for what takes it away again */
};

/* 0, *ret_lock for lock_done() and *ret_record for record_done(); or -errno after a message, and nothing is locked:
 * -EINVAL for a name that no container can have or a record that cannot be read, -ENOENT where there is no such
 * container, -EBUSY for one that is half-made. */
int container_open(int root_fd, const char *name, enum open_state state, struct lock *ret_lock,
		   struct record *ret_record);

/* The last of these alone: 0, or -EBUSY after a message. */
int container_check_ready(const struct record *record);
