/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's side of a command in a container: standard streams or terminal, and the signals that ask us to
 * end. Whoever started the command waits for its end. */
#pragma once

#include "base/signals.h"
#include "running/relay.h"
#include "running/terminal.h"

struct machine_command;

struct session {
	const struct machine_command *command;
	struct relay relay;
	struct signals signals;
	struct terminal terminal;
	int received; /* how many we got */
};

#define SESSION_INIT ((struct session){ .signals = { .fd = -1 }, .terminal = TERMINAL_INIT })
#define SESSION_FDS (RELAY_STREAMS + 2)

/* What a signal to us means for the command. */
enum session_event {
	SESSION_INTERRUPT = 1, /* it gets SIGINT, and may know what to do with it */
	SESSION_STOP,	       /* it has to go */
};

/* Makes the pipes or takes the terminal of the command; its ends are relay.inside, where it has no terminal. 0, or -errno
 * after a message. */
int session_open(struct session *session, const struct machine_command *command);
void session_done(struct session *session);

/* To be called once the command has its ends: from here on the keyboard is the command's. 0, or -errno after a message. */
int session_begin(struct session *session);

/* What to wait for; session_step() then carries what can be carried without blocking. It returns 0, an event, -ECANCELED
 * without a message when the one at the keyboard left, or -EINTR when he asked a third time. */
void session_poll(const struct session *session, struct pollfd fds[SESSION_FDS]);
int session_step(struct session *session, const struct pollfd fds[SESSION_FDS]);

/* After the command's end: carries the rest and gives the terminal back. 0, or -errno after a message. */
int session_finish(struct session *session);

/* Says that the container has ended under the command; returns 'r'. */
int session_lost(struct session *session, int r);
