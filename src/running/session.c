/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's side of a command in a container, and the loop that relays between the two until the command has
 * ended. The terminal is restored in any case, and before any message. */
#include "running/session.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "container/paths.h"
#include "running/command.h"

static int open_streams(struct session *session)
{
	const struct command *command = session->command;
	_cleanup_(freep) char *dir = xasprintf(RUNTIME_DIR "/%s/" RUNTIME_HOST, command->name);

	if (!command->pty)
		return relay_open(&session->relay, command->stdio, command->owner, command->pipes ?: dir,
				  command->pipe_label);
	terminal_copy_size(command->stdio[STDIN_FILENO], command->pty->master);
	return relay_open_terminal(&session->relay, command->stdio, command->pty->master);
}

int session_open(struct session *session, const struct command *command)
{
	int r;

	session->command = command;
	r = open_streams(session);
	session->relay.filtered = command->filtered;
	session->relay.no_escape = command->no_escape;
	if (r >= 0)
		r = signals_begin(&session->signals);
	if (r < 0)
		return log_error_errno(r, "Cannot create the pipes for '%s': %m", command->argv[0]);
	return 0;
}

void session_done(struct session *session)
{
	terminal_done(&session->terminal);
	signals_done(&session->signals);
	relay_done(&session->relay);
}

static int begin(struct session *session)
{
	int r = 0;

	relay_close_inside(&session->relay);
	if (session->command->pty) /* from here on, the keyboard belongs to the command */
		r = terminal_begin(&session->terminal, session->command->stdio[STDIN_FILENO]);
	return r < 0 ? log_error_errno(r, "Cannot use this terminal: %m") : 0;
}

/* The first Ctrl-C goes to the command, which may handle it. A second one, or any other signal, ends the command. A
 * third signal means that the user does not want to wait any longer. With a terminal, Ctrl-C is a character like
 * others, and SIGINT is from somebody else; a shell would only print another prompt. */
static int take_signal(struct session *session, const struct session_peer *peer)
{
	int signal = signals_take(&session->signals);

	if (signal == 0)
		return 0;
	if (peer->takes_all) {
		peer->signal(peer->data, signal);
		return 0;
	}
	if (++session->n_signals > 2)
		return -EINTR;
	if (session->n_signals > 1 || session->command->pty)
		signal = SIGTERM;
	peer->signal(peer->data, signal == SIGINT ? SIGINT : SIGTERM);
	return 0;
}

int session_run(struct session *session, const struct session_peer *peer)
{
	struct pollfd fds[SESSION_FDS];
	struct pollfd *signals = &fds[RELAY_STREAMS], *resized = &fds[RELAY_STREAMS + 1];
	int r = begin(session);

	while (r == 0) {
		relay_poll(&session->relay, fds);
		*signals = (struct pollfd){ .fd = session->signals.fd, .events = POLLIN };
		*resized = (struct pollfd){ .fd = session->terminal.resized, .events = POLLIN };
		r = peer->wait(peer->data, fds, SESSION_FDS);
		if (r != 0)
			break;
		relay_step(&session->relay, fds);
		if (session->relay.left)
			return -ECANCELED;
		if (resized->revents)
			terminal_resize(&session->terminal, session->command->pty->master);
		r = take_signal(session, peer);
	}
	return r < 0 ? r : 0;
}

int session_finish(struct session *session)
{
	/* From here on, Ctrl-C ends us, unless the terminal is in raw mode. */
	if (!session->command->pty)
		signals_done(&session->signals);
	relay_finish(&session->relay);
	terminal_done(&session->terminal);
	if (session->relay.error < 0)
		return log_error_errno(session->relay.error, "Cannot write the output of '%s': %m",
				       session->command->argv[0]);
	return 0;
}

int session_lost(struct session *session, int r)
{
	terminal_done(&session->terminal); /* so that the message can be read */
	log_error("%s '%s' stopped while '%s' ran in it.", command_place(session->command), session->command->name,
		  session->command->argv[0]);
	return r;
}
