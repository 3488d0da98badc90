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

/* How enter-main.c, the program that enters, is called: 'enter LEADER UID GID GROUPS CONTEXT TERMINAL WORD...'. GROUPS
 * are ids with a comma between them, CONTEXT may be empty, TERMINAL is 'terminal' or empty. Its environment and its
 * descriptors 0 to 2 are the command's, the others: */
enum enter_fd {
	ENTER_LEADER = 3, /* pidfd of the container's PID 1, whose number is LEADER */
	ENTER_GROUP,	  /* directory of the control group */
	ENTER_REPORT,	  /* takes a sentence for each failure before the command runs */
	ENTER_OLD,	  /* and further ones: lists of processes of control groups of version 1 */
};
/* It ends with the command's status, 128+n when signal n killed it, and hands SIGINT, SIGTERM and SIGHUP on to it. */
