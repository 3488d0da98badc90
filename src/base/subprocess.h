/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running programs that load what the command had better not carry: our own with libvirt and libsemanage, and
 * openssl(1). */
#pragma once

/* Runs argv[0], a path, and waits, at most 'patience_ms' from one output to the next (-1: as long as it takes). What it
 * printed on standard output, at most 4 KiB, is stored in *ret (caller frees). 0; -ECANCELED when it failed, having
 * said why; -EINTR for a signal to us and -ETIMEDOUT, both without a message; or another -errno after one. */
int subprocess_run(const char *const argv[], int patience_ms, char **ret);

/* The same for a program that reads 'input' and has its own errors dropped: -ECANCELED says only that it failed. */
int subprocess_filter(const char *const argv[], int input, char **ret);
