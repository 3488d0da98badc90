/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running container's own systemd, and commands in the container. All int functions: 0 (or what is said), or -errno
 * after a message. Nothing that comes from in there is trusted. */
#pragma once

#include "base/strv.h"
#include "systemd/bus.h"

struct tty;

/* Connects to the systemd of container 'name'. -ESRCH: it is not running. */
int machine_connect(int root_fd, const char *name, struct sd_bus **ret);

/* The same where there is another way in: *ret stays as it is when that systemd does not answer within a few seconds,
 * which is said. */
int machine_reach(int root_fd, const char *name, struct sd_bus **ret);

/* "running", "degraded", "starting", ... */
int machine_state(struct sd_bus *bus, char *ret, size_t size);

struct machine_command {
	const char *name;	/* of the container */
	char *const *argv;	/* looked up in the container's PATH; NULL-terminated */
	int stdio[3];		/* ours, to carry to and from it; [0] may be -1: no input */
	uid_t owner;		/* root's id in the container */
	uint64_t timeout;	/* microseconds, or UINT64_MAX */
	const char *user;	/* in the container; NULL: root */
	const char *cwd;	/* absolute, in the container; NULL: '/' */
	const struct strv *env; /* 'NAME=VALUE', or NULL */
	bool plain;		/* its output is for a reader, and can do nothing to a terminal */
	const struct tty *tty;	/* its terminal; NULL: it has none, and gets pipes */
};

/* Runs the command in the container, as a unit of its own, and waits for its end. A signal to end us goes to it.
 * Returns what a shell would: its exit status, 128+n when signal n killed it, 127 not found, 126 not executable.
 * With a terminal, ours is left to the command and restored; -ECANCELED without a message: who sits at it typed
 * RELAY_ESCAPE, and the command was hung up on. */
int machine_run(struct sd_bus *bus, const struct machine_command *command);
