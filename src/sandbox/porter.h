/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The porter of a sandbox that is a virtual machine: to the command it is the first program of a container
 * (inside/sandbox-init.h), to the first program of the machine (inside/guest-init.h) it is the command. */
#pragma once

#include "base/strv.h"

/* What the command has sent, and the terminal that was made for it. */
struct porter {
	int socket;	/* to the command */
	int tree;	/* the root of the sandbox */
	int order;	/* for sandbox-init */
	int streams[3]; /* for the command's standard input, output and error, or the slave of a terminal twice */
};
#define PORTER_INIT ((struct porter){ -1, -1, -1, { -1, -1, -1 } })
void porter_done(struct porter *porter);

/* Waits for the command to say what is to be run, and answers with a terminal if that is asked for. 'socket' belongs to
 * *ret. 0; -ECANCELED, without a message, if the command has ended; or another -errno after a message. */
int porter_begin(int socket, bool terminal, struct porter *ret);

/* Sends what is to be run, with 'places' for guest-init, through 'channel'. 0 or -errno. */
int porter_send(const struct porter *porter, int channel, const struct strv *places);

/* Carries streams, messages and the size of the terminal between the two until one of them is gone, or 'alive' is
 * closed at its other end. Keeps the last of what comes from 'console', which may be -1, and returns it; the caller
 * frees it. */
char *porter_carry(struct porter *porter, int channel, int console, int alive);
