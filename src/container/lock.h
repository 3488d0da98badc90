/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One lock for each container, so that commands that change the same container take turns. No process of a container's
 * unit takes the lock, so its holder may wait for that unit. A process that takes several locks takes them in the order
 * of the names. */
#pragma once

struct lock {
	int dir, fd; /* of the directory with the locks, and of the file in it; owned */
	char *name;  /* of the file: the container's */
};
#define LOCK_INIT ((struct lock){ .dir = -1, .fd = -1 })

/* Waits for the lock of container 'name', a valid name, below the root. 0, with *ret to be given to lock_done(); or
 * -errno after a message. */
int lock_container(int root_fd, const char *name, struct lock *ret);

/* The same, but returns -EAGAIN, without a message, if another process has the lock. */
int lock_try(int root_fd, const char *name, struct lock *ret);

/* For _cleanup_. Releases the lock and removes its file. */
void lock_done(struct lock *lock);
