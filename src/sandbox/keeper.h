/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper of a sandbox: a process that has libvirt start it, and that stays until nothing of it is left. So the
 * command can return as soon as it knows the status, and if it is killed, its sandbox is ended all the same. If the
 * keeper is killed, too, libvirt ends the sandbox when it notices. */
#pragma once

#include <stdbool.h>

struct context;
struct engine;
struct sandbox;

struct keeper {
	int alive;   /* the keeper ends the sandbox when all copies of this are closed */
	int reports; /* messages of the keeper, until it is done */
};

/* Starts one in a child process. The sandbox's identity is released in the end, 'socket' becomes the sandbox's. 0 or
 * -errno. */
int keeper_start(const struct context *context, const struct engine *engine, const struct sandbox *sandbox, int socket,
		 struct keeper *ret);

/* Waits until the keeper is done, and shows its messages. Returns whether there were any. */
bool keeper_report(struct keeper *keeper);

void keeper_done(struct keeper *keeper);
