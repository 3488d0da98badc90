/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes: programs that load libraries which the command itself should not load (libvirt, libsemanage,
 * openssl), and functions that may hang. */
#pragma once

#include <sys/types.h>

/* Starts argv[0], a path, with nothing blocked, 'environment', and 'output' as its standard output. 'input' becomes its
 * standard input, and its messages are dropped; or if 'input' is -1, it has our standard input and standard error. 0,
 * with *ret for waitpid(2), or -errno. */
int subprocess_spawn(const char *const argv[], int input, int output, char *const environment[], pid_t *ret);

/* Runs argv[0], a path, and waits until it ends. Gives up after 'patience_ms' milliseconds without output (-1 for
 * never). Stores the first 4 KiB of its standard output in *ret (caller frees). Returns 0; -ECANCELED if it failed,
 * after its own message; -EINTR if we got a signal, or -ETIMEDOUT, both without a message; or another -errno after a
 * message. */
int subprocess_run(const char *const argv[], int patience_ms, char **ret);

/* The same for a program that reads from the descriptor 'input'. Its messages are dropped, so -ECANCELED means only
 * that it failed. */
int subprocess_filter(const char *const argv[], int input, char **ret);

/* Calls 'work' in a child process. This is for work that may hang because of other processes, and that has no timeout
 * of its own. Returns what 'work' returned, 0 or -errno; -ETIMEDOUT, without a message, if it took longer than
 * 'timeout_ms' milliseconds and was killed; or -ECANCELED if a signal killed it. */
int subprocess_call(int (*work)(void *data), void *data, int timeout_ms);

/* For a child process: closes all descriptors but the standard streams and these, which it sorts. */
void subprocess_close_others(int kept[], size_t n);
