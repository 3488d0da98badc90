/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root directory of every container, as one table, in the manner of the Filesystem Hierarchy Standard 3.0.
 * Everything that creates, checks, mounts or protects a part of it uses these rows: create (compose.c), each start
 * (staging.c, domain-xml.c), the container's init, and --mount (mount-spec.c). Programs that run inside containers
 * include this header, so it needs only the C library. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum root_kind {
	ROOT_SYSTEM,   /* the container's own, writable; its system needs it, so --mount may only mount below it */
	ROOT_WRITABLE, /* the container's own, writable; --mount may mount on it */
	ROOT_RAM,      /* a memory file system, empty at each start */
	ROOT_SHARED,   /* the host's directory of that name, read-only */
	ROOT_HANDED,   /* RUNTIME_HOST, read-only: the monitor's socket and the list of units that may run */
	ROOT_KERNEL,   /* a file system of the kernel, which libvirt mounts */
	ROOT_PIVOT,    /* where libvirt keeps the old root while it changes roots; created at a start, not by create */
	ROOT_EMPTY,    /* an empty directory, read-only */
};

struct root_entry {
	const char *path;
	mode_t mode; /* of the directory, and of the memory file system on it */
	enum root_kind kind;
	unsigned int mib; /* for ROOT_RAM, its size in MiB */
	const char *reason;
};

/* Sorted by path, so that a directory comes before those below it. Ends with a row whose path is NULL. */
extern const struct root_entry root_layout[];

/* Whether create makes the directory in the container's tree. */
bool root_is_created(const struct root_entry *entry);

/* Whether the container sees a directory of its own tree there, writable. */
bool root_is_writable(const struct root_entry *entry);

/* Whether each start mounts something on this directory of the tree, which must then be a real directory. */
bool root_is_covered(const struct root_entry *entry);
