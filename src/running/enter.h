/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container whose systemd cannot be asked to run it: a process of ours enters the container's
 * namespaces. It has what the container's own processes have, its label, control group, ids, capabilities and system
 * call filter, and nothing of the caller's. */
#pragma once

struct command;
struct record;

/* Runs the command and returns what unit_run() would; -ESRCH after a message: the container is not running. Takes no
 * notice of 'timeout' and 'filtered', which belong to commands that are not worth this. */
int enter_run(int root_fd, const struct record *record, const struct command *command);
