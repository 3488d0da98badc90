/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's side of a command in a container: its standard streams or terminal, and the signals that ask us
 * to end. There is one loop for all of it; whoever started the command says how to wait for its end and how to signal
 * it. */
#pragma once

#include "base/signals.h"
#include "running/relay.h"
#include "running/terminal.h"

struct command;

/* How the command that runs is reached. 'data' is handed through. */
struct session_peer {
	/* Waits for one of 'fds', as poll(2), and for the command. 1 when the command has ended, 0 to go on, or -errno
	 * after a message. */
	int (*wait)(void *data, struct pollfd *fds, size_t n);
	/* Sends it SIGINT or SIGTERM. That it may have ended meanwhile is not an error. */
	void (*signal)(void *data, int signal);
	void *data;
};

struct session {
	const struct command *command;
	struct relay relay;
	struct signals signals;
	struct terminal terminal;
	int n_signals; /* how many have come */
};

#define SESSION_INIT ((struct session){ .signals = { .fd = -1 }, .terminal = TERMINAL_INIT })
#define SESSION_FDS (RELAY_STREAMS + 2) /* what session_peer.wait() gets */

/* Makes the pipes for the command, or prepares its terminal. relay.inside are the command's ends of the pipes. 0, or
 * -errno after a message. */
int session_open(struct session *session, const struct command *command);
void session_done(struct session *session);

/* To be called once the command has its ends: carries everything until the command has ended. 0; -ECANCELED without a
 * message: somebody typed RELAY_ESCAPE; -EINTR without a message: a third signal has come; or another -errno after a
 * message. */
int session_run(struct session *session, const struct session_peer *peer);

/* To be called after the command has ended: carries the rest and restores the terminal. 0, or -errno after a
 * message. */
int session_finish(struct session *session);

/* Says that the container stopped under the command; returns 'r'. */
int session_lost(struct session *session, int r);
