/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command in a container whose systemd does not answer, or in a sandbox, which has none: a process of ours enters the
 * namespaces. It has the same confinement as the processes there (label, control group, ids, capabilities and system
 * call filter), and nothing of the caller's. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct command;
struct container_user;
struct record;

/* Runs the command and returns what unit_run() would, or -ESRCH, after a message, if the container is not running.
 * Ignores 'timeout' and 'filtered', which are used only for commands that are not run in this way. */
int enter_run(int root_fd, const struct record *record, const struct command *command);

/* What is entered, and as whom. All of it is borrowed. */
struct enter_place {
	int leader; /* pidfd of PID 1 there */
	pid_t pid;  /* of it, on the host */
	const struct container_user *user;
	const char *label;  /* what proc_pid_attr(5) takes for the next execve(2), or "" for nothing */
	const char *rights; /* as rights_parse() takes them (container/rights.h) */
	bool no_set_id;	    /* the command cannot make files set-user-ID (inside/confine.h) */
};

/* The same where the caller has found all that. */
int enter_into(int root_fd, const struct enter_place *place, const struct command *command);
