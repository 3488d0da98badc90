/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper of a sandbox: a process that has libvirt start it, and that stays until nothing of it is left. So the
 * command can return as soon as it knows the status, and if it is killed, its sandbox is ended all the same. If the
 * keeper is killed, too, libvirt ends the sandbox when it notices. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct context;
struct engine;
struct sandbox;

struct keeper {
	pid_t pid;
	int alive;   /* the keeper ends the sandbox when all copies of this are closed */
	int ready;   /* closed by the keeper when the sandbox is on its networks, and has its limits */
	int reports; /* messages of the keeper, until it is done */
};
#define KEEPER_INIT ((struct keeper){ -1, -1, -1, -1 })

/* Starts one in a child process. The sandbox's identity is released in the end, 'socket' becomes the sandbox's. 0 or
 * -errno. */
int keeper_start(const struct context *context, const struct engine *engine, const struct sandbox *sandbox, int socket,
		 struct keeper *ret);

/* Waits until the keeper is done, and shows its messages. Returns whether there were any. */
bool keeper_report(struct keeper *keeper);

/* Waits until the sandbox is on its networks and has its limits, or the keeper has failed. */
void keeper_wait(struct keeper *keeper);

/* Whether the keeper has been killed, so that the sandbox's identity has yet to be released. With 'ends', it has ended
 * or is about to. */
bool keeper_was_killed(const struct keeper *keeper, bool ends);

void keeper_done(struct keeper *keeper);
