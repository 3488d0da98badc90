/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container whose systemd does not answer: a process of ours enters the container's namespaces. It has
 * the same confinement as the container's own processes (label, control group, ids, capabilities and system call
 * filter), and nothing of the caller's. */
#pragma once

struct command;
struct record;

/* Runs the command and returns what unit_run() would, or -ESRCH, after a message, if the container is not running.
 * Ignores 'timeout' and 'filtered', which are used only for commands that are not run in this way. */
int enter_run(int root_fd, const struct record *record, const struct command *command);
