/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pseudoterminal of a container's own devpts, so that what runs in there has a terminal and none of the host's. */
#pragma once

#include "base/util.h"

struct tty {
	int master;    /* does not block */
	int slave;     /* held open: without it, reading fails whenever nobody inside has it open for a moment */
	char path[32]; /* in the container */
};

#define TTY_INIT ((struct tty){ .master = -1, .slave = -1 })

/* Makes one in running container 'name'. 0, or -errno after a message. */
int tty_open(int root_fd, const char *name, struct tty *ret);
void tty_done(struct tty *tty);
