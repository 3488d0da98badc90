/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command that the administrator runs in a container: what was asked for, and its arguments and environment, no
 * matter whether the container's systemd (unit-run.h) or a process of ours (enter.h) starts it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/strv.h"

struct pty;

struct command {
	const char *name;	/* of the container */
	bool sandbox;		/* that is a sandbox (src/sandbox) */
	const char *pipes;	/* its pipes are made beside this directory; NULL for one of the container's */
	const char *pipe_label; /* their SELinux label; NULL for that of the directory */
	char *const *argv;	/* looked up in the container's PATH; NULL-terminated */
	int stdio[3];		/* our descriptors, to relay from and to; [0] may be -1 for no input */
	uid_t owner;		/* root's id in the container, as the host sees it */
	uint64_t timeout;	/* microseconds, or UINT64_MAX; only unit_run() uses it */
	const char *user;	/* in the container; NULL for root */
	const char *cwd;	/* absolute, in the container; NULL for '/' */
	const struct strv *env; /* 'NAME=VALUE', or NULL */
	bool filtered;		/* its output goes through terminal_filter() */
	bool no_escape;		/* RELAY_ESCAPE is a key like any other */
	const struct pty *pty;	/* its terminal; NULL for pipes */
};

/* The arguments of the user's login shell; to be run with the environment of a login. */
extern char *const command_login_shell[];

/* "Container" or "Sandbox", as messages about it begin. */
const char *command_place(const struct command *command);

/* Appends the arguments, of which the first is the path of a shell that becomes the command. */
void command_words(const struct command *command, struct strv *ret);

/* Appends what the command's environment has in addition to that of a login. Of two assignments, the later one
 * counts. */
void command_environment(const struct command *command, struct strv *ret);
