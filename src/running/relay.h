/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries standard input, output and error between us and a process in a container. The process gets pipes of its own
 * and never a descriptor of the host's: it could type into our terminal, or seek and truncate a file of ours. The
 * caller must ignore SIGPIPE; write(2) then fails if the reader is gone. */
#pragma once

#include <poll.h>
#include <sys/types.h>

#include "running/terminal-filter.h"
#include "base/util.h"

#define RELAY_STREAMS 3

struct relay_stream {
	int ours; /* the caller's; not closed here */
	int pipe; /* our end of the pipe; -1 if the stream is finished */
	char *data;
	size_t at, end; /* data that was read but not written yet */
	struct terminal_filter filter;
};

struct relay {
	struct relay_stream stream[RELAY_STREAMS];
	int inside[RELAY_STREAMS]; /* the process's ends */
	bool filtered;		   /* for the caller to set: output goes through terminal_filter() */
	bool terminal;		   /* one pseudoterminal instead of pipes */
	bool no_escape;		   /* for the caller to set: RELAY_ESCAPE is a key like any other */
	bool left;		   /* the user typed RELAY_ESCAPE; input after it is dropped */
	int error;		   /* -errno of the first failed write of output, unless the reader is gone */
};

/* Makes the pipes. They belong to user and group 'owner', so that the process can open its /dev/stdout, and have this
 * SELinux label or, if it is NULL, that of directory 'dir', beside which they are made. A standard input of -1 means an
 * empty one. 0 or -errno. */
int relay_open(struct relay *relay, const int ours[RELAY_STREAMS], uid_t owner, const char *dir, const char *label);
void relay_done(struct relay *relay);

/* Ctrl-], as in telnet(1) and virsh(1). */
#define RELAY_ESCAPE 0x1d

/* The same over pseudoterminal 'master', which has no separate stream for errors. A terminal has no end of file, so
 * Ctrl-D is typed at the end of the input: once for a command and once for the shell that may have run it. 0 or
 * -errno. */
int relay_open_terminal(struct relay *relay, const int ours[RELAY_STREAMS], int master);

/* To be called when the process has its ends; otherwise we would never see the end of its output. */
void relay_close_inside(struct relay *relay);

/* relay_poll() fills in what to wait for; relay_step() then transfers what it can without blocking. */
void relay_poll(const struct relay *relay, struct pollfd fds[RELAY_STREAMS]);
void relay_step(struct relay *relay, const struct pollfd fds[RELAY_STREAMS]);

/* To be called after the process has ended. Transfers the rest of its output, without waiting for an end of file,
 * because another process in the container may keep the pipe open. */
void relay_finish(struct relay *relay);
