/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The administrator's own terminal, while a command in a container has the keyboard. */
#pragma once

#include <signal.h>
#include <termios.h>

#include "base/util.h"

struct terminal {
	int fd;	     /* -1: there is none */
	int resized; /* readable when its size has changed */
	struct termios before;
	sigset_t mask;
};

#define TERMINAL_INIT ((struct terminal){ .fd = -1, .resized = -1 })

/* Gives 'to' the size of terminal 'from'; nothing where 'from' is none. */
void terminal_copy_size(int from, int to);

/* Hands every key to whoever reads 'fd', until terminal_done(), or until this process is killed by a fault of its own.
 * Only one at a time. 0 or -errno; with an 'fd' that is no terminal nothing happens. */
int terminal_begin(struct terminal *ret, int fd);

/* Puts it back. What was typed and not read is forgotten: it may be a terminal's answer to what the container wrote. */
void terminal_done(struct terminal *terminal);

/* To be called when 'resized' is readable. */
void terminal_resize(struct terminal *terminal, int to);
