/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How running/enter.c calls the program enter, which puts a process into a container:
 *
 * 	enter LEADER UID GID GROUPS CONTEXT TERMINAL WORD...
 *
 * LEADER is the process id of the container's PID 1; GROUPS are numbers with a comma between them, or empty; CONTEXT is
 * an SELinux context, or empty; TERMINAL is 'terminal' when descriptor 0 is one of the container's that the command is
 * to have as its own, or empty; the WORDs are the command. Its environment and its descriptors 0 to 2 are the
 * command's.
 * It ends with the command's status, or 128+n when signal n killed the command, and hands on SIGINT, SIGTERM and
 * SIGHUP; 5 s after one of the latter two it kills the command. */
#pragma once

enum enter_fd {
	ENTER_LEADER = 3, /* pidfd of the container's PID 1 */
	ENTER_GROUP,	  /* directory of the control group that the command starts in */
	ENTER_REPORT,	  /* takes a sentence when the command cannot be run; closed when it runs */
	ENTER_FDS,	  /* one more than the last */
};
