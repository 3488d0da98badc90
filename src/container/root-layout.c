/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root directory of every container. Adding a directory takes one row. */
#include "container/root-layout.h"

#include <string.h>

#include "container/paths.h"

/* The sizes limit how much of the host's memory a container can fill with files. No memory is used before that. */
const struct root_entry root_layout[] = {
	{ "/.oldroot", 0755, ROOT_PIVOT, 0, "libvirt cannot create it, because the root is read-only" },
	{ "/boot", 0755, ROOT_EMPTY, 0, "units may cover it" },
	{ "/dev", 0755, ROOT_KERNEL, 0, "libvirt mounts the container's devices there" },
	{ "/dev/shm", 01777, ROOT_RAM, 1024, "POSIX shared memory" },
	{ "/etc", 0755, ROOT_SYSTEM, 0, "the container's configuration" },
	{ "/home", 0755, ROOT_WRITABLE, 0, "home directories of the container's users" },
	{ "/media", 0755, ROOT_EMPTY, 0, "units may cover it" },
	{ "/mnt", 0755, ROOT_EMPTY, 0, "units may cover it" },
	{ "/opt", 0755, ROOT_WRITABLE, 0, "software that the administrator adds" },
	{ "/proc", 0555, ROOT_KERNEL, 0, "processes and kernel settings" },
	{ "/root", 0700, ROOT_WRITABLE, 0, "root's home directory" },
	{ "/run", 0755, ROOT_RAM, 256, "files that last until the container stops" },
	{ INSIDE_HOST, 0755, ROOT_HANDED, 0, "files that the host hands to the container's init and systemd" },
	{ "/srv", 0755, ROOT_WRITABLE, 0, "data that services serve" },
	{ "/sys", 0555, ROOT_KERNEL, 0, "the kernel's view of devices" },
	{ "/tmp", 01777, ROOT_RAM, 1024, "temporary files" },
	{ "/usr", 0755, ROOT_SHARED, 0, "the host's programs" },
	{ "/var", 0755, ROOT_SYSTEM, 0, "the container's state" },
	{ 0 },
};

/* '/dev/shm' and '/run/host' are created in file systems that are mounted above them. */
static bool is_in_tree(const struct root_entry *entry)
{
	return strchr(entry->path + 1, '/') == NULL;
}

bool root_is_created(const struct root_entry *entry)
{
	return is_in_tree(entry) && entry->kind != ROOT_PIVOT;
}

bool root_is_writable(const struct root_entry *entry)
{
	return entry->kind == ROOT_SYSTEM || entry->kind == ROOT_WRITABLE;
}

bool root_is_covered(const struct root_entry *entry)
{
	return is_in_tree(entry) && entry->kind != ROOT_EMPTY;
}
