/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files and directories that a unit names, except those in '/usr' and in what the kernel provides: in command
 * lines, in settings whose value is a path, and in the environment that it gives to its programs. */
#pragma once

#include "unit/unit.h"

/* Appends the paths in words like '/etc/x', '--file=/etc/x', '-f/etc/x' and 'a:/etc/x', in normal form. */
void unit_files_add(const char *text, struct strv *ret);

/* Appends to unit->files what the unit's settings name, including the content of its environment files, which are read
 * below 'root_fd', and sorts the vector. Command lines are left to unit-exec.c. */
void unit_files_find(int root_fd, struct unit *unit);
