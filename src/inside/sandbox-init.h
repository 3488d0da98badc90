/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the command 'virt-sandbox' (src/sandbox) and the first program of its sandboxes, sandbox-init, talk: over a
 * packet socket, in messages that are text. The program's descriptor SANDBOX_SOCKET is its end. When the other end is
 * closed, the sandbox ends.
 *
 * The command begins with SANDBOX_START and descriptors: the text of the order, the tree that becomes the root, and
 * for a command without a terminal, its standard input, output and error. The order is a file of strings that each end
 * with NUL: those of enum sandbox_order, the arguments, and the environment.
 *
 * With a terminal, for which its argument SANDBOX_TERMINAL asks, the program first answers SANDBOX_TERMINAL with the
 * master of a pseudoterminal. In the end it answers SANDBOX_ENDED and the command's status, 128+n if signal n killed
 * it; or SANDBOX_FAILED, a status, and a sentence that says what could not be done. Meanwhile the command may send
 * SANDBOX_SIGNAL and a number. */
#pragma once

#define SANDBOX_SOCKET 3
#define SANDBOX_NEW "/new"   /* directory of the root that libvirt mounts, where the tree is attached */
#define SANDBOX_MESSAGE 4096 /* bytes at most, with the NUL */

#define SANDBOX_START "start"
#define SANDBOX_TERMINAL "terminal"
#define SANDBOX_GUEST "guest"
#define SANDBOX_FAILED "failed "
#define SANDBOX_ENDED "ended "
#define SANDBOX_SIGNAL "signal "

enum sandbox_start_fd { START_ORDER, START_TREE, START_INPUT, START_OUTPUT, START_ERRORS, START_FDS };
#define START_FDS_TERMINAL START_INPUT /* how many there are with a terminal */

enum sandbox_order {
	ORDER_HOSTNAME,
	ORDER_UID, /* decimal numbers, as the sandbox has them */
	ORDER_GID,
	ORDER_GROUPS, /* with commas between them */
	ORDER_CWD,    /* a path */
	ORDER_OR_CWD, /* another one if the first cannot be entered, or "" */
	ORDER_SET_ID, /* "no": nothing inside can make a file set-user-ID, as confine_set_id() says; or "" */
	ORDER_RIGHTS, /* as rights_parse() takes them */
	ORDER_WORDS,  /* the number of arguments, the command included */
	ORDER_FIELDS, /* the number after the last */
};

/* Statuses that are not the command's, as env(1) and timeout(1) have them. */
#define STATUS_TIMEOUT 124
#define STATUS_FAILED 125
#define STATUS_NOT_RUN 126
#define STATUS_NOT_FOUND 127
