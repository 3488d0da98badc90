/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The unit of the container's systemd that a command becomes. */
#pragma once

struct machine_command;
struct sd_bus;

/* Starts it as 'unit', with 'stdio' as its standard streams where it has no terminal. 0, or -errno after a message. */
int transient_start(struct sd_bus *bus, const char *unit, const struct machine_command *command, const int stdio[3]);

/* Of one that ended without ever having run: why, in words; 'status' is the exit status that systemd gave it. */
const char *transient_problem(int status);
