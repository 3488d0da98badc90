/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command of the administrator's in a running container: what is asked for, and what it comes to whoever starts it,
 * the container's systemd (unit-run.h) or a process of ours (enter.h). */
#pragma once

#include <sys/types.h>

#include "base/strv.h"

struct pty;

struct command {
	const char *name;	/* of the container */
	char *const *argv;	/* looked up in the container's PATH; NULL-terminated */
	int stdio[3];		/* ours, to carry to and from it; [0] may be -1: no input */
	uid_t owner;		/* root's id in the container, as the host sees it */
	uint64_t timeout;	/* microseconds, or UINT64_MAX; unit_run() alone heeds it */
	const char *user;	/* in the container; NULL: root */
	const char *cwd;	/* absolute, in the container; NULL: '/' */
	const struct strv *env; /* 'NAME=VALUE', or NULL */
	bool filtered;		/* its output goes through terminal_filter() */
	const struct pty *pty;	/* its terminal; NULL: it has none, and gets pipes */
};

/* Appends the words to execute, of which the first is the path of a shell that becomes the command. */
void command_words(const struct command *command, struct strv *ret);

/* Appends what the command's environment has besides that of a login. The later of two assignments counts. */
void command_environment(const struct command *command, struct strv *ret);
