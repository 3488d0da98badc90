/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a verb opens a container: it checks the name, takes the lock, reads the record, and refuses an unfinished
 * container. Each failure has its sentence here. */
#pragma once

#include "container/lock.h"
#include "container/record.h"

enum open_state {
	OPEN_READY, /* a container that is complete */
	OPEN_ANY,   /* or one that is not, for verbs that remove or complete it */
};

/* 0, with *ret_lock for lock_done() and *ret_record for record_done(). Or -errno after a message, with nothing locked:
 * -EINVAL for an invalid name or a record that cannot be read, -ENOENT if the container does not exist, and -EBUSY if
 * it is unfinished. */
int container_open(int root_fd, const char *name, enum open_state state, struct lock *ret_lock,
		   struct record *ret_record);

/* What was interrupted, and which command completes or removes it, for a container that is not ready; without a full
 * stop. None of these commands loses data. Caller frees. */
char *container_unfinished(const struct record *record);

/* Only the last of these checks: 0, or -EBUSY after a message. */
int container_check_ready(const struct record *record);

/* Refuses a container some of whose files an upgrade, or taking one back, has changed and some not, so that it must not
 * be started or copied. Needs no lock; whoever has the lock knows that it was interrupted. 0, or -errno after a
 * message. */
int container_check_upgraded(int root_fd, const char *name);
