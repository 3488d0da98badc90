/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* See session.h. */
#include "running/session.h"

#include <errno.h>
#include <unistd.h>

#include "container/paths.h"
#include "base/log.h"
#include "running/unit-run.h"
#include "running/pty.h"

static int open_streams(struct session *session)
{
	const struct machine_command *command = session->command;
	_cleanup_(freep) char *dir = xasprintf(RUNTIME_DIR "/%s/" RUNTIME_HOST, command->name);

	if (!command->tty)
		return relay_open(&session->relay, command->stdio, command->owner, dir);
	terminal_copy_size(command->stdio[STDIN_FILENO], command->tty->master);
	return relay_open_terminal(&session->relay, command->stdio, command->tty->master);
}

int session_open(struct session *session, const struct machine_command *command)
{
	int r;

	session->command = command;
	r = open_streams(session);
	session->relay.plain = command->plain;
	if (r >= 0)
		r = signals_begin(&session->signals);
	if (r < 0)
		return log_error_errno(r, "Cannot make the pipes for '%s': %m", command->argv[0]);
	return 0;
}

void session_done(struct session *session)
{
	terminal_done(&session->terminal);
	signals_done(&session->signals);
	relay_done(&session->relay);
}

int session_begin(struct session *session)
{
	int r = 0;

	relay_close_inside(&session->relay);
	if (session->command->tty)
		r = terminal_begin(&session->terminal, session->command->stdio[STDIN_FILENO]);
	return r < 0 ? log_error_errno(r, "Cannot use this terminal: %m") : 0;
}

void session_poll(const struct session *session, struct pollfd fds[SESSION_FDS])
{
	relay_poll(&session->relay, fds);
	fds[RELAY_STREAMS] = (struct pollfd){ .fd = session->signals.fd, .events = POLLIN };
	fds[RELAY_STREAMS + 1] = (struct pollfd){ .fd = session->terminal.resized, .events = POLLIN };
}

/* The first Ctrl-C goes to the command; then, and for any other signal, it has to go; and who asks a third time is not
 * kept waiting. */
static int take_signal(struct session *session)
{
	int signal = signals_take(&session->signals);

	if (signal == 0)
		return 0;
	if (++session->received > 2)
		return -EINTR;
	return signal == SIGINT && session->received == 1 ? SESSION_INTERRUPT : SESSION_STOP;
}

int session_step(struct session *session, const struct pollfd fds[SESSION_FDS])
{
	relay_step(&session->relay, fds);
	if (session->relay.left)
		return -ECANCELED;
	if (fds[RELAY_STREAMS + 1].revents)
		terminal_resize(&session->terminal, session->command->tty->master);
	return take_signal(session);
}

int session_finish(struct session *session)
{
	/* From here on Ctrl-C ends us as it would end anyone; but not with the terminal in disorder. */
	if (!session->command->tty)
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
	terminal_done(&session->terminal); /* else the message could not be read */
	log_error("Container '%s' stopped while '%s' ran in it.", session->command->name, session->command->argv[0]);
	return r;
}
