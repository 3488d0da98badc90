/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One lock a container: administrators who do opposite things to one name take turns. No process of a container's unit
 * takes it, so a process that holds it may wait for that unit. A process that takes several takes them in the order of
 * their names. */
#pragma once

struct lock {
	int dir, fd; /* of the directory with the locks, and of the file in it; owned */
	char *name;  /* of the file: the container's */
};
#define LOCK_INIT ((struct lock){ .dir = -1, .fd = -1 })

/* Waits for the lock of container 'name' (valid) below the root. 0 and *ret for lock_done(), or -errno after a
 * message. */
int lock_container(int root_fd, const char *name, struct lock *ret);

/* The same, but -EAGAIN without a message when another has it. */
int lock_try(int root_fd, const char *name, struct lock *ret);

/* For _cleanup_: gives it back and takes its file away. */
void lock_done(struct lock *lock);
