/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How running/enter.c calls the program enter, which puts a process into a container:
 *
 * 	enter LEADER UID GID GROUPS CONTEXT RIGHTS SET-ID TERMINAL WORD...
 *
 * LEADER is the process id of the container's PID 1; GROUPS are comma-separated numbers, or empty; CONTEXT is an
 * SELinux context, or empty; SET-ID is 'no' if the command is confined by confine_set_id(), or empty; TERMINAL is
 * 'terminal' if descriptor 0 is a terminal of the container that becomes the command's controlling terminal, or empty;
 * the WORDs are the command. Its environment and its descriptors 0 to 2 are the command's. It exits with the command's
 * status, or with 128+n if signal n killed the command. It passes on SIGINT, SIGTERM and SIGHUP; 5 s after one of the
 * latter two, it kills the command. */
#pragma once

enum enter_fd {
	ENTER_LEADER = 3, /* pidfd of the container's PID 1 */
	ENTER_GROUP,	  /* directory of the control group in which the command starts */
	ENTER_REPORT,	  /* gets a sentence if the command cannot be run; closed when it runs */
	ENTER_FDS,	  /* the number after the last */
};
