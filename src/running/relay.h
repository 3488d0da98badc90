/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries standard input, output and error between us and a process in a container. The process gets pipes of its own
 * and never a descriptor of the host's: through a terminal of ours it could type, through a file it could seek and
 * truncate. The caller has to ignore SIGPIPE; a reader that is gone shows as an error of write(2). */
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
	struct terminal_filter filter;
};

struct relay {
	struct relay_stream stream[RELAY_STREAMS];
	int inside[RELAY_STREAMS]; /* the process's ends */
	bool filtered;		   /* for the caller to set: output goes through terminal_filter() */
	bool terminal;		   /* one pseudoterminal instead of pipes */
	bool left;		   /* somebody typed RELAY_ESCAPE; what comes after it is dropped */
	int error;		   /* -errno of the first output that could not be written; not if its reader is gone */
};

/* Makes the pipes, owned by user and group 'owner' so that the process can open its /dev/stdout, and with the SELinux
 * label of directory 'dir'. A standard input of -1 is an empty one. 0 or -errno. */
int relay_open(struct relay *relay, const int ours[RELAY_STREAMS], uid_t owner, const char *dir);
void relay_done(struct relay *relay);

/* Ctrl-], as telnet(1) and virsh(1) have it. */
#define RELAY_ESCAPE 0x1d

/* The same over pseudoterminal 'master', which has no separate stream for errors. A terminal carries no end of file: at
 * the end of the input Ctrl-D is typed, once for a command and once for the shell that may have run it. 0 or -errno. */
int relay_open_terminal(struct relay *relay, const int ours[RELAY_STREAMS], int master);

/* To be called once the process has its ends. Otherwise the end of its output would never be seen. */
void relay_close_inside(struct relay *relay);

/* What to wait for; relay_step() then carries what can be carried without blocking. */
void relay_poll(const struct relay *relay, struct pollfd fds[RELAY_STREAMS]);
void relay_step(struct relay *relay, const struct pollfd fds[RELAY_STREAMS]);

/* To be called after the process has ended: carries the rest of its output, without waiting for an end of file, because
 * another process in the container may hold the pipe open. */
void relay_finish(struct relay *relay);
