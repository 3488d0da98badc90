/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How virt-sandbox, run by somebody who is not root, talks to the service that makes the sandbox: over a packet socket,
 * in messages that are text.
 *
 * The caller begins with CALL_BEGIN and descriptors: the text of the call, the working directory (O_PATH), and standard
 * input, output and error. The text is a sealed memory file of strings that each end with NUL: the number of arguments,
 * the arguments of the command line with the program's name, and variables of the environment. Who calls is what the
 * kernel says about the socket, and nothing in here.
 *
 * Then the caller may send CALL_SIGNAL and the number of a signal, and the service answers CALL_ENDED and the exit
 * status in the end, or before that CALL_FAILED and a sentence. When the caller's end is closed, the sandbox ends. */
#pragma once

#include <sys/types.h>

#include "base/strv.h"

struct caller;

#define CALL_SOCKET "/run/virt-sandbox.socket"
#define CALL_MESSAGE 512 /* bytes at most, with the NUL */

#define CALL_BEGIN "call 1"
#define CALL_SIGNAL "signal "
#define CALL_ENDED "ended "
#define CALL_FAILED "failed "

enum call_fd { CALL_TEXT, CALL_CWD, CALL_INPUT, CALL_OUTPUT, CALL_ERRORS, CALL_FDS };

struct call {
	struct strv words; /* the command line */
	struct strv environment;
};
void call_done(struct call *call);

/* A file with the text of the call. A descriptor or -errno. */
int call_pack(const struct call *call);

/* Reads such a file, which comes from somebody hostile. 0; or -EBADMSG if it is anything else. */
int call_unpack(int fd, struct call *ret);

/* Whether the number is that of a signal that a caller may pass on. */
bool call_passes(uint64_t signal);
