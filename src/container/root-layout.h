/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root directory of every container, as one table, in the manner of the Filesystem Hierarchy Standard 3.0. Whoever
 * makes, checks, mounts or protects part of it goes by the rows: create (compose.c), each start (staging.c,
 * domain-xml.c), the container's init, and --mount (mount-spec.c). Programs that run inside containers include this: C
 * library only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum root_kind {
	ROOT_SYSTEM,   /* the container's own, writable; its system needs it, so --mount may name only what is below */
	ROOT_WRITABLE, /* the container's own, writable; --mount may put something in its place */
	ROOT_RAM,      /* a memory file system, empty at each start */
	ROOT_SHARED,   /* the host's directory of that name, read-only */
	ROOT_HANDED,   /* RUNTIME_HOST, read-only: the monitor's socket and the list of units that it may have */
	ROOT_KERNEL,   /* a file system of the kernel, which libvirt mounts */
	ROOT_PIVOT,    /* where libvirt keeps the old root while it changes roots; made at a start, not by create */
	ROOT_EMPTY,    /* nothing, read-only */
};

struct root_entry {
	const char *path;
	mode_t mode; /* of the directory, and of the memory file system on it */
	enum root_kind kind;
	unsigned int mib; /* ROOT_RAM: the most that it may hold, in MiB */
	const char *reason;
};

/* Sorted by path, a parent before what is below it; ends with a row whose path is NULL. */
extern const struct root_entry root_layout[];

/* Whether create makes the directory in the container's tree. */
bool root_is_created(const struct root_entry *entry);

/* Whether the container sees a folder of its own tree there, writable. */
bool root_is_writable(const struct root_entry *entry);

/* Whether something is mounted at this directory of the tree at each start, so that it has to be a real one. */
bool root_is_covered(const struct root_entry *entry);
