/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes: programs that load libraries which the command should not carry (libvirt, libsemanage, openssl), and
 * functions that may hang. */
#pragma once

/* Runs argv[0], a path, and waits for its end, at most 'patience_ms' milliseconds from one output to the next (-1:
 * for as long as it takes). The first 4 KiB of its standard output are stored in *ret (caller frees). Returns 0;
 * -ECANCELED if it failed, having said why itself; -EINTR for a signal to us and -ETIMEDOUT, both without a message;
 * or another -errno after a message. */
int subprocess_run(const char *const argv[], int patience_ms, char **ret);

/* The same for a program that reads the descriptor 'input'. Its messages are dropped, so that -ECANCELED says no more
 * than that it failed. */
int subprocess_filter(const char *const argv[], int input, char **ret);

/* Calls 'work' in a child process, for work that others may keep from ending and that takes no timeout. Returns what it
 * returned, 0 or -errno; -ETIMEDOUT, without a message, if it did not end in 'timeout_ms' milliseconds and was killed;
 * -ECANCELED if it died of a signal. */
int subprocess_call(int (*work)(void *data), void *data, int timeout_ms);
