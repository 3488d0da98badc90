/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child of the monitor that can still do what the monitor gives up: run two programs of ours. It reads nothing that
 * comes from the container, and the monitor can choose only which of the two runs. */
#pragma once

#include <sys/types.h>

enum helper_request {
	HELPER_LOOK,   /* domain-look, which answers with a line for systemd's STATUS= */
	HELPER_RESUME, /* domain-resume */
	HELPER_REQUESTS,
};

#define HELPER_DONE "\n" /* the answer when a program has ended, after its own */

/* Starts it for the container 'name' with PID 1 'leader'; 'changes' is the monitor's inotify instance. Returns a socket
 * for helper_ask(), from which the answers can be read, or -errno. It ends when the socket is closed. */
int helper_start(const char *name, pid_t leader, int changes);

/* Asks for one thing. Does not wait. */
void helper_ask(int helper, enum helper_request request);
