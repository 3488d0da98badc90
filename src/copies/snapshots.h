/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where snapshots of containers are: for each container a directory, SNAPSHOT_DIR/NAME beside the container's own, so
 * that both are on one file system, and in it a directory for each snapshot, of its label's name. That has the
 * container's record and tree as they were then, and what it had been given. Only root can enter SNAPSHOT_DIR. A
 * directory without a label's name is unfinished: what was being made, restored or removed when the program was killed.
 */
#pragma once

#include <time.h>

#include "container/record.h"

#define SNAPSHOT_DIR ".snapshots" /* no container has this name */
#define SNAPSHOT_NEW ".new"	  /* in a container's directory: unfinished */
#define SNAPSHOT_TREE "tree"	  /* in a snapshot's */
#define SNAPSHOT_RECORD "record"  /* its time is the snapshot's */
#define SNAPSHOT_GIVEN "given"

struct snapshot {
	char *label;
	struct timespec made;
};

struct snapshots {
	struct snapshot *v; /* from the oldest to the newest */
	size_t n;
};
void snapshots_done(struct snapshots *s);

/* Their directory, for the container whose directory is 'path'. Caller frees. */
char *snapshots_path(const char *path);

/* Lists those of the container. 0, with *ret for snapshots_done(); or -errno after a message. */
int snapshots_list(int root_fd, const struct record *record, struct snapshots *ret);

/* How many there are; 0 if this user may not find out. */
unsigned int snapshots_count(int root_fd, const struct record *record);

/* 0, or -EINVAL, after a message, if 'label' is not valid: it is what a container's name may be. */
int snapshot_check_label(const char *label);

/* Opens the directory of the container's snapshots; with 'make', makes it. An O_PATH descriptor; -ENOENT, without a
 * message, if there is none; or another -errno after a message. */
int snapshots_open(int root_fd, const struct record *record, bool make);

/* Removes what is unfinished, and the directories if nothing is in them, in 'dir' from snapshots_open(). 0, or -errno
 * after a message. */
int snapshots_tidy(int root_fd, const struct record *record, int dir);

/* The same for a container that may have none of them: removes what a command that was killed has left. The caller
 * holds the container's lock. */
int snapshots_clean(int root_fd, const struct record *record);

/* Says that there is no snapshot of this label. -ENOENT. */
int snapshot_missing(const struct record *record, const char *label);

/* Removes one snapshot. 0, or -errno after a message: -ENOENT if there is none of this label. */
int snapshot_remove(int root_fd, const struct record *record, const char *label);

/* What follows a container that is removed or renamed; it is not an error if it has no snapshots. 0, or -errno after a
 * message. */
int snapshots_remove_all(int root_fd, const struct record *record);
int snapshots_rename(int root_fd, const struct record *record, const char *to);
