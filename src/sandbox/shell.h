/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A shell, or another command, in a sandbox that runs already. It is confined as the sandbox is, and ends with it. */
#pragma once

struct context;
struct request;

/* Runs it in sandbox 'request->shell': 'argv', or if that is empty, a login shell on the caller's terminal. Returns its
 * exit status, or STATUS_FAILED after a message. */
int shell_run(const struct context *context, const struct request *request);
