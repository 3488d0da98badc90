/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which walls stand between a running container and the host, from what the kernel says of the container's first
 * process, and of its network: not from what was configured. Nothing here changes anything. */
#pragma once

#include <sys/types.h>

#include "container/record.h"

struct context;

enum wall_state {
	WALL_STANDS,
	WALL_WEAK, /* it is there, but holds back less than it could */
	WALL_NONE,
};

struct wall {
	const char *name; /* static */
	enum wall_state state;
	char *found; /* a sentence without its full stop */
};

struct walls {
	struct wall *v;
	size_t n;
};

void walls_done(struct walls *walls);

/* The walls of the container of 'record': on one host always the same ones in the same order. 'rules': those of the
 * network that setup makes are there (walls_rules()). A wall that the caller may not look at is WALL_NONE, and 'found'
 * says why. 0; -ESRCH if the container does not run, or ended meanwhile; or another -errno. */
int walls_find(int root_fd, const struct record *record, bool rules, struct walls *ret);

/* The same for any process. If 'leader' is gone, all walls are WALL_NONE. */
void walls_look(const struct record *record, pid_t leader, bool rules, struct walls *ret);

/* Whether the rules around the containers on the network that setup makes are there. False after a message if that
 * cannot be found out. */
bool walls_rules(const struct context *context);

/* 'ok', 'weak' or 'none'. */
const char *wall_state_name(enum wall_state state);
