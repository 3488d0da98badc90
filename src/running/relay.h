/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries standard input, output and error between us and a process in a container. The process gets pipes of its own,
 * never a descriptor of the host's: through a terminal of ours it could type, through a file seek and truncate.
 * SIGPIPE is to be ignored: a reader that has gone is an error of write(2) here. */
#pragma once

#include <poll.h>
#include <sys/types.h>

#include "running/terminal-filter.h"
#include "base/util.h"

#define RELAY_STREAMS 3

struct relay_stream {
	int ours; /* the caller's; not closed here */
	int pipe; /* our end of the pipe; -1 when the stream is finished */
	char *data;
	size_t at, end; /* what is read and not yet written */
	struct plain plain;
};

struct relay {
	struct relay_stream stream[RELAY_STREAMS];
	int inside[RELAY_STREAMS]; /* the process's ends */
	bool plain;		   /* for the caller to set: output goes through plain_filter() */
	bool terminal;		   /* one pseudoterminal instead of pipes */
	bool left;		   /* the one at the keyboard typed RELAY_ESCAPE, what comes after it is dropped */
	int error;		   /* -errno of the first output that could not be written; a reader gone is none */
};

/* Makes the pipes, owned by user and group 'owner' so that the process can open its /dev/stdout, and labelled like
 * directory 'dir' for SELinux. A standard input of -1 is an empty one. 0 or -errno. */
int relay_open(struct relay *relay, const int ours[RELAY_STREAMS], uid_t owner, const char *dir);
void relay_done(struct relay *relay);

/* Ctrl-], as telnet(1) and virsh(1) have it. */
#define RELAY_ESCAPE 0x1d

/* The same over pseudoterminal 'master', which has no stream of its own for errors. It carries no end of file: at the
 * end of the input Ctrl-D is typed, once for a command and once for the shell that it may have been run from. */
int relay_open_terminal(struct relay *relay, const int ours[RELAY_STREAMS], int master);

/* To be called once the process has its ends: else the end of its output is never seen. */
void relay_close_inside(struct relay *relay);

/* What to wait for; relay_step() then carries what can be carried without blocking. */
void relay_poll(const struct relay *relay, struct pollfd fds[RELAY_STREAMS]);
void relay_step(struct relay *relay, const struct pollfd fds[RELAY_STREAMS]);

/* After the process's end: carries what is left of its output now, and waits for no end of file, because something
 * else in there may hold it open. */
void relay_finish(struct relay *relay);
