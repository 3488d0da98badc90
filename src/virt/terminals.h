/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminals of a container. */
#pragma once

#include <sys/types.h>

/* Lets the running container 'name', of which 'controller' is libvirt's process, have at most 'most' pseudo-terminals
 * at a time in the file system of terminals that libvirt made for it (max= in Documentation/filesystems/devpts.rst of
 * the kernel). Root inside cannot undo that: the file system belongs to the host. 0 or -errno. */
int terminals_limit(int root_fd, const char *name, pid_t controller, unsigned int most);
