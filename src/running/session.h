/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's side of a command in a container: its standard streams or terminal, and the signals that ask us
 * to end. There is one loop for everything; the code that started the command says how to wait for its end and how to
 * signal it. */
#pragma once

#include "base/signals.h"
#include "running/relay.h"
#include "running/terminal.h"

struct command;

/* How to reach the running command. 'data' is passed to the functions. */
struct session_peer {
	/* Waits for one of 'fds', like poll(2), or for the command. Returns 1 if the command has ended, 0 to go on, or
	 * -errno after a message. */
	int (*wait)(void *data, struct pollfd *fds, size_t n);
	/* Sends it SIGINT or SIGTERM. It is not an error if it has ended meanwhile. */
	void (*signal)(void *data, int signal);
	bool takes_all; /* instead, it gets each signal of base/signals.h as it comes */
	void *data;
};

struct session {
	const struct command *command;
	struct relay relay;
	struct signals signals;
	struct terminal terminal;
	int n_signals; /* the number of signals so far */
};

#define SESSION_INIT ((struct session){ .signals = { .fd = -1 }, .terminal = TERMINAL_INIT })
#define SESSION_FDS (RELAY_STREAMS + 2) /* the number that session_peer.wait() gets */

/* Makes the pipes for the command, or prepares its terminal. relay.inside holds the command's ends of the pipes. 0, or
 * -errno after a message. */
int session_open(struct session *session, const struct command *command);
void session_done(struct session *session);

/* To be called when the command has its ends. Relays until the command has ended. Returns 0; -ECANCELED, without a
 * message, if the user typed RELAY_ESCAPE; -EINTR, without a message, after a third signal; or another -errno after a
 * message. */
int session_run(struct session *session, const struct session_peer *peer);

/* To be called after the command has ended. Relays the rest and restores the terminal. 0, or -errno after a message. */
int session_finish(struct session *session);

/* Reports that the container stopped while the command ran; returns 'r'. */
int session_lost(struct session *session, int r);
