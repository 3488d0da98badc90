/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two terminals of a command in a container: the administrator's own, and a pseudoterminal in the container. */
#pragma once

#include <signal.h>
#include <termios.h>

#include "base/util.h"

struct terminal {
	int fd;	     /* -1 if there is none */
	int resized; /* readable when the terminal's size has changed */
	struct termios before;
	sigset_t mask;
};

#define TERMINAL_INIT ((struct terminal){ .fd = -1, .resized = -1 })

/* Gives terminal 'to' the size of 'from'; does nothing if 'from' is not a terminal. */
void terminal_copy_size(int from, int to);

/* Sets raw mode, so that the reader of 'fd' gets every key, until terminal_done() or until a fault kills this process.
 * One terminal at a time. 0 or -errno; does nothing if 'fd' is not a terminal. */
int terminal_begin(struct terminal *ret, int fd);

/* Restores the terminal. Drops unread input, because it may be the terminal's answer to what the container wrote. */
void terminal_done(struct terminal *terminal);

/* To be called when 'resized' is readable: gives 'to' the new size. */
void terminal_resize(struct terminal *terminal, int to);

struct pty {
	int master;    /* does not block */
	int slave;     /* kept open, because otherwise reading fails whenever no process in the container has it open */
	char path[32]; /* in the container */
};

#define PTY_INIT ((struct pty){ .master = -1, .slave = -1 })

/* Makes a pseudoterminal in running container 'name'. 0, or -errno after a message. */
int pty_open(int root_fd, const char *name, struct pty *ret);

/* The same where 'leader' is a pidfd of PID 1. 0; -ESRCH if that is gone; or another -errno. Without a message. */
int pty_open_in(int leader, struct pty *ret);

/* The same for one whose 'master', which does not block, came from the container. It belongs to *ret if that succeeds.
 * 0 or -errno. */
int pty_adopt(int master, struct pty *ret);
void pty_done(struct pty *pty);
